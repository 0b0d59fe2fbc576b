package web_test

import (
	"net/http"
	"strings"
	"testing"

	"baton/views/specimen"
	"baton/web"
	"baton/web/webtest"
)

// The gallery shows all pages with all their pictures to whoever sits at the demo's machine, and nothing of it can act.
func TestGallery(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Demo = true }))
	index := s.Do("GET", "/gallery", "")
	if index.Status != http.StatusOK {
		t.Fatalf("the list is answered with %d", index.Status)
	}
	pictures := map[string]bool{}
	for _, page := range specimen.Pages() {
		if !strings.Contains(index.Body, `href="`+page.Path()+`"`) {
			t.Errorf("the list does not lead to %s", page.Path())
		}
		answer := s.Do("GET", page.Path(), "")
		policy := answer.Header.Get("Content-Security-Policy")
		if answer.Status != http.StatusOK || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") ||
			strings.Contains(policy, "connect-src") || !strings.Contains(policy, "form-action 'none'") {
			t.Errorf("%s is answered with %d and the policy %q", page.Path(), answer.Status, policy)
		}
		for _, after := range strings.Split(answer.Body, `src="`)[1:] {
			source, _, _ := strings.Cut(after, `"`)
			pictures[source] = true
		}
	}
	if len(pictures) == 0 {
		t.Error("no page has a picture")
	}
	for source := range pictures {
		if answer := s.Do("GET", source, ""); answer.Status != http.StatusOK || answer.Header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("the picture %s is answered with %d", source, answer.Status)
		}
	}
	for _, path := range []string{"/gallery/verify/none", "/gallery/none/usual", "/gallery/picture/none.svg", "/gallery/picture/front"} {
		if answer := s.Do("GET", path, ""); answer.Status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, answer.Status)
		}
	}
}

func TestGalleryIsTheDemosOnly(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Demo, d.ConsoleOpen = false, true }))
	for _, path := range []string{"/gallery", "/gallery/home/usual", "/gallery/picture/front.svg"} {
		if answer := s.Do("GET", path, ""); answer.Status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, answer.Status)
		}
	}
	// To others than the demo's machine.
	s = webtest.Start(t, webtest.With(func(d *web.Deps) { d.Demo = true }))
	for _, path := range []string{"/gallery", "/gallery/home/usual", "/gallery/picture/front.svg"} {
		if answer := s.Do("GET", path, "", "X-Forwarded-For", "203.0.113.9"); answer.Status != http.StatusNotFound {
			t.Errorf("%s is shown to others, with %d", path, answer.Status)
		}
	}
}
