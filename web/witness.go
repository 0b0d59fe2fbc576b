package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// Exchange is a request and its answer, copied. Body is the request's, Answer the answer's; of a connection that became a
// channel or a stream Taken is set, and its answer has no body here.
type Exchange struct {
	Method, Path  string
	RequestHeader http.Header
	Body          []byte
	Status        int
	Header        http.Header
	Answer        []byte
	Taken         bool
}

// letWitness shows exchanges to Deps.Witness: those that a route has answered, and those that were refused before.
func (s *Server) letWitness(server *fasthttp.Server) {
	if s.deps.Witness == nil {
		return
	}
	handle, refuse := server.Handler, server.ErrorHandler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		before := witnessed(ctx) // the upgrade clears the request
		handle(ctx)
		s.show(ctx, before)
	}
	server.ErrorHandler = func(ctx *fasthttp.RequestCtx, err error) {
		before := witnessed(ctx)
		refuse(ctx, err)
		s.show(ctx, before)
	}
}

func witnessed(ctx *fasthttp.RequestCtx) Exchange {
	e := Exchange{
		Method: string(ctx.Method()), Path: string(ctx.URI().Path()), RequestHeader: http.Header{}, Body: slices.Clone(ctx.Request.Body()),
	}
	ctx.Request.Header.VisitAll(func(name, value []byte) { e.RequestHeader.Add(string(name), string(value)) })
	return e
}

func (s *Server) show(ctx *fasthttp.RequestCtx, e Exchange) {
	if !strings.HasPrefix(e.Path, "/api/") && !strings.HasPrefix(e.Path, "/ws/") && e.Path != "/healthz" && e.Path != "/readyz" {
		return
	}
	e.Status, e.Header = ctx.Response.StatusCode(), http.Header{}
	ctx.Response.Header.VisitAll(func(name, value []byte) { e.Header.Add(string(name), string(value)) })
	if e.Taken = ctx.Hijacked(); !e.Taken {
		e.Answer = slices.Clone(ctx.Response.Body())
	}
	s.deps.Witness(e)
}
