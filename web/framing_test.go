package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"baton/web/webtest"
)

// What a proxy could read as two requests, or as another one, is refused, and nothing of it is answered twice.
func TestAmbiguousRequestsAreRefused(t *testing.T) {
	s := webtest.Start(t)
	host := strings.TrimPrefix(s.URL, "http://")
	const smuggled = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, test := range map[string]struct {
		request string
		want    []int
	}{
		"a plain one, and one behind it":     {"GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n" + smuggled, []int{200, 200}},
		"chunks":                             {"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n", []int{401}},
		"a tab in a value":                   {"GET /healthz HTTP/1.1\r\nHost: x\r\nUser-Agent: a\tb\r\n\r\n", []int{200}},
		"a length and chunks":                {"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, []int{400}},
		"chunks and a length":                {"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 40\r\n\r\n0\r\n\r\n" + smuggled, []int{400}},
		"chunks and another encoding":        {"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + smuggled, []int{400}},
		"an encoding that is none":           {"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n" + smuggled, []int{400}},
		"chunks in HTTP/1.0":                 {"POST /healthz HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, []int{400}},
		"two lengths":                        {"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n" + smuggled, []int{400}},
		"two hosts":                          {"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + smuggled, []int{400}},
		"no host":                            {"GET /healthz HTTP/1.1\r\nAccept: */*\r\n\r\n" + smuggled, []int{400}},
		"two credentials":                    {"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nauthorization: b\r\n\r\n", []int{400}},
		"two devices":                        {"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nBaton-Device: a\r\nBaton-Device: b\r\n\r\n", []int{400}},
		"two origins":                        {"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nOrigin: https://b.example\r\n\r\n", []int{400}},
		"a value that goes on":               {"GET /healthz HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n\r\n" + smuggled, []int{400}},
		"a name with a space":                {"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\n" + smuggled, []int{400}},
		"a name that is empty":               {"GET /healthz HTTP/1.1\r\nHost: x\r\n: 3\r\n\r\n" + smuggled, []int{400}},
		"a NUL":                              {"GET /healthz HTTP/1.1\r\nHost: x\r\nAccept: a\x00b\r\n\r\n" + smuggled, []int{400}},
		"a carriage return within":           {"GET /healthz HTTP/1.1\r\nHost: x\r\nAccept: a\rb\r\n\r\n" + smuggled, []int{400}},
		"lines that end in a line feed only": {"GET /healthz HTTP/1.1\r\nHost: x\nAccept: b\r\n\r\n" + smuggled, []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, test.request); err != nil {
				t.Fatal(err)
			}
			reader := bufio.NewReader(conn)
			for _, want := range test.want {
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatalf("no answer: %v, want %d", err, want)
				}
				body, _ := io.ReadAll(response.Body)
				if response.StatusCode != want {
					t.Fatalf("%d %s, want %d", response.StatusCode, body, want)
				}
				if want == 400 {
					if !strings.Contains(string(body), `"error":"INVALID_INPUT"`) {
						t.Errorf("the refusal says %s", body)
					}
					if _, err := reader.ReadByte(); err != io.EOF {
						t.Errorf("the connection goes on after it: %v", err)
					}
				}
			}
		})
	}
}
