package web

import (
	"bytes"
	"net/http"

	"github.com/gofiber/fiber/v2"
)

const sandboxPrefix = "/sandbox"

// sandbox hands a request to the provider's stand-in, which knows net/http and nothing of the prefix.
func (s *Server) sandbox(c *fiber.Ctx) error {
	if len(c.Request().Body()) > sandboxLimit {
		return tooLarge("The body is longer than 524288 bytes. Send a shorter one.")
	}
	r, err := toHTTP(c, sandboxPrefix)
	if err != nil {
		return err
	}
	answer := &recorder{header: make(http.Header), status: http.StatusOK}
	s.deps.Sandbox.ServeHTTP(answer, r)

	for name, values := range answer.header {
		c.Response().Header.Del(name)
		for _, value := range values {
			c.Response().Header.Add(name, value)
		}
	}
	if answer.header.Get(fiber.HeaderContentType) == "" && answer.body.Len() > 0 {
		c.Set(fiber.HeaderContentType, http.DetectContentType(answer.body.Bytes()))
	}
	return c.Status(answer.status).Send(answer.body.Bytes())
}

// recorder keeps an answer until it is whole.
type recorder struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if !r.wrote && status >= 200 {
		r.status, r.wrote = status, true
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.wrote = true
	return r.body.Write(p)
}
