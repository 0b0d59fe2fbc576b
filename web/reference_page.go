package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/reference"
	"baton/static"
	"baton/views"
)

// documentation is what the server tells of itself, where Deps.Docs is on.
type documentation struct {
	openAPI, asyncAPI string // with this server's own address
	page              views.ReferencePage
	help              string // in front of a code; empty where there is no documentation
}

// documentation reads the documents once, at the start.
func (s *Server) documentation() (*documentation, error) {
	if !s.deps.Docs {
		return &documentation{}, nil
	}
	public := s.deps.PublicURL
	channelScheme := "ws" + strings.TrimPrefix(public.Scheme, "http")
	d := &documentation{
		openAPI: strings.Replace(static.OpenAPI, "- url: https://baton.example.com", "- url: "+public.Scheme+"://"+public.Host, 1),
		asyncAPI: strings.Replace(static.AsyncAPI, "host: baton.example.com\n    protocol: wss",
			"host: "+public.Host+"\n    protocol: "+channelScheme, 1),
		help: public.Scheme + "://" + public.Host + "/reference#",
	}
	read, err := reference.Read(d.openAPI, d.asyncAPI)
	if err != nil {
		return nil, err
	}
	d.page = referencePage(read)
	d.page.Channel.URL = channelScheme + "://" + public.Host + read.Channel.Path
	return d, nil
}

// helpFor is where a code is explained; empty where nowhere.
func (d *documentation) helpFor(code string) string {
	if d == nil || d.help == "" {
		return ""
	}
	return d.help + code
}

func (s *Server) referencePage(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=300") // nothing on it is anybody's
	return s.render(c, fiber.StatusOK, views.Reference(s.docs.page))
}

// document answers with a description as any viewer reads it, wherever the viewer is.
func (s *Server) document(text func(*documentation) string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		c.Set(fiber.HeaderContentType, "application/yaml")
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		return c.SendString(text(s.docs))
	}
}

func referencePage(r *reference.Reference) views.ReferencePage {
	page := views.ReferencePage{About: r.About, Everywhere: each(r.Everywhere, shownAnswer), Channel: views.ReferenceChannel{
		About: r.Channel.About, First: each(r.Channel.First, shownFrame), Frames: each(r.Channel.Frames, shownFrame),
	}}
	for _, group := range r.Groups {
		shown := views.ReferenceGroup{Name: group.Name, Description: group.Description}
		for _, call := range group.Calls {
			shown.Calls = append(shown.Calls, views.ReferenceCall{
				ID: call.ID, Method: call.Method, Path: call.Path, Summary: call.Summary, Description: call.Description,
				Credentials: call.Credentials, Parameters: each(call.Parameters, shownField), Bodies: each(call.Bodies, shownObject),
				Requests: each(call.Requests, shownExample), Answers: each(call.Answers, shownAnswer),
			})
		}
		page.Groups = append(page.Groups, shown)
	}
	page.Errors = each(r.Errors, func(e reference.Error) views.ReferenceError { return views.ReferenceError(e) })
	page.Closes = each(r.Closes, func(c reference.Close) views.ReferenceClose { return views.ReferenceClose(c) })
	return page
}

func each[A, B any](list []A, show func(A) B) []B {
	shown := make([]B, len(list))
	for i, item := range list {
		shown[i] = show(item)
	}
	return shown
}

func shownField(f reference.Field) views.ReferenceField { return views.ReferenceField(f) }

func shownExample(e reference.Example) views.ReferenceExample { return views.ReferenceExample(e) }

func shownObject(o reference.Object) views.ReferenceObject {
	return views.ReferenceObject{Title: o.Title, Description: o.Description, Fields: each(o.Fields, shownField)}
}

func shownAnswer(a reference.Answer) views.ReferenceAnswer {
	return views.ReferenceAnswer{
		Status: a.Status, Description: a.Description, Codes: a.Codes, Object: shownObject(a.Object), Examples: each(a.Examples, shownExample),
	}
}

func shownFrame(f reference.Frame) views.ReferenceFrame {
	return views.ReferenceFrame{
		Name: f.Name, Title: f.Title, Summary: f.Summary, Text: f.Text, Object: shownObject(f.Object), Examples: each(f.Examples, shownExample),
	}
}
