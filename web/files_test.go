package web_test

import (
	"net/http"
	"testing"

	"baton/static"
	"baton/web/webtest"
)

// Files go compressed to whoever takes that. Pages never do: they hold the code's secret, and a compressed answer's length
// can give a secret away.
func TestOnlyFilesAreCompressed(t *testing.T) {
	s := webtest.Start(t)
	for path, want := range map[string]string{
		static.Path("app.css"): "gzip",
		"/baton.js":            "gzip",
		"/go":                  "",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip") // set by hand, so that the client leaves the answer as it is
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Content-Encoding"); response.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: %d, encoding %q, want %q", path, response.StatusCode, got, want)
		}
		if want != "" && response.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary %q, so a cache would give one client's form to another", path, response.Header.Get("Vary"))
		}
	}
}
