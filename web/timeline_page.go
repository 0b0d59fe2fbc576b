package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/internal/timeline"
	"baton/views"
)

const timelinePath = consolePath + "/timeline"

// The presenter. Everything of the timeline is behind the same door as the console. Secrets are shown to a form only, which no
// other site can send.
func (s *Server) registerTimelineRoutes(app *fiber.App) {
	if s.deps.Timeline == nil {
		return
	}
	pages := app.Group(timelinePath, s.presenters, s.keepOrigin, s.protectForms)
	pages.Add(fiber.MethodGet, "", s.timelineNewest)
	pages.Add(fiber.MethodGet, "/live", s.timelineLive)
	pages.Add(fiber.MethodGet, "/:session", s.timelineOf)
	pages.Add(fiber.MethodPost, "/:session", s.timelineReveal)
	pages.Add(fiber.MethodGet, "/:session/sequence.svg", s.timelineSVG)
	pages.Add(fiber.MethodGet, "/:session/sequence.mmd", s.timelineMermaid)
	pages.Add(fiber.MethodGet, "/:session/calls.sh", s.timelineCurl)
	pages.Add(fiber.MethodPost, "/:session/calls.sh", s.timelineCurlWithSecrets)
}

// timelineNewest follows whatever hand-over begins.
func (s *Server) timelineNewest(c *fiber.Ctx) error {
	all := s.deps.Timeline.Sessions()
	page := s.timelinePage(c, all)
	page.Follow = true
	if len(all) > 0 {
		if session, ok := s.deps.Timeline.Session(all[0].ID); ok {
			showTimeline(&page, session, nil, 0)
		}
	}
	return s.render(c, fiber.StatusOK, views.Timeline(page))
}

func (s *Server) timelineSession(c *fiber.Ctx) (timeline.Session, error) {
	if id, ok := handoff.ParseSessionID(param(c, "session")); ok {
		if session, ok := s.deps.Timeline.Session(id); ok {
			return session, nil
		}
	}
	return timeline.Session{}, &handoff.Error{Code: codeNotFound,
		Message: "There is no timeline of this session (any more): it is kept for as long as the session lives. See /console/timeline for those that there are."}
}

// timelineGone answers for a session of which nothing is kept: a person sees which others there are, a program err.
func (s *Server) timelineGone(c *fiber.Ctx, err error) error {
	if !wantsPage(c) {
		return err
	}
	page := s.timelinePage(c, s.deps.Timeline.Sessions())
	page.Gone = true
	return s.render(c, fiber.StatusNotFound, views.Timeline(page))
}

func (s *Server) timelineOf(c *fiber.Ctx) error {
	session, err := s.timelineSession(c)
	if err != nil {
		return s.timelineGone(c, err)
	}
	page := s.timelinePage(c, s.deps.Timeline.Sessions())
	showTimeline(&page, session, nil, 0)
	return s.render(c, fiber.StatusOK, views.Timeline(page))
}

// timelineReveal shows one entry with its secrets.
func (s *Server) timelineReveal(c *fiber.Ctx) error {
	session, err := s.timelineSession(c)
	if err != nil {
		return s.timelineGone(c, err)
	}
	n, err := strconv.ParseUint(formValue(c, "entry"), 10, 64)
	if err != nil {
		return invalid("`entry` is an entry's number.")
	}
	page := s.timelinePage(c, s.deps.Timeline.Sessions())
	showTimeline(&page, session, s.deps.Timeline.Secrets(session.ID), n)
	return s.render(c, fiber.StatusOK, views.Timeline(page))
}

func (s *Server) timelineSVG(c *fiber.Ctx) error {
	session, err := s.timelineSession(c)
	if err != nil {
		return s.timelineGone(c, err)
	}
	return attach(c, timelineFile(session, ".svg"), "image/svg+xml", timeline.SVG(session))
}

func (s *Server) timelineMermaid(c *fiber.Ctx) error {
	session, err := s.timelineSession(c)
	if err != nil {
		return s.timelineGone(c, err)
	}
	return attach(c, timelineFile(session, ".mmd"), "text/plain; charset=utf-8", timeline.Mermaid(session))
}

func (s *Server) timelineCurl(c *fiber.Ctx) error {
	session, err := s.timelineSession(c)
	if err != nil {
		return s.timelineGone(c, err)
	}
	return attach(c, timelineFile(session, ".sh"), "text/plain; charset=utf-8", timeline.Curl(session, nil))
}

func (s *Server) timelineCurlWithSecrets(c *fiber.Ctx) error {
	session, err := s.timelineSession(c)
	if err != nil {
		return s.timelineGone(c, err)
	}
	return attach(c, timelineFile(session, "-secret.sh"), "text/plain; charset=utf-8", timeline.Curl(session, s.deps.Timeline.Secrets(session.ID)))
}

func timelineFile(session timeline.Session, end string) string {
	short, _, _ := strings.Cut(string(session.ID), "-")
	return "baton-" + short + end
}

func (s *Server) timelinePage(c *fiber.Ctx, all []timeline.Session) views.TimelinePage {
	page := views.TimelinePage{
		Path: timelinePath, Live: timelinePath + "/live", Docs: s.deps.Docs, Console: s.deps.Presets != nil,
		MaxSessions: timeline.MaxSessions, MaxEntries: timeline.MaxEntries,
	}
	for _, p := range timeline.Parties() {
		page.Parties = append(page.Parties, p.String())
		if wanted := query(c, "party"); strings.EqualFold(wanted, p.String()) {
			page.Party = p.String()
		}
	}
	if len(all) > 0 {
		page.Known = all[0].N
	}
	page.Sessions = s.timelineSessions(c.UserContext(), all, "")
	return page
}

// timelineSessions are those to choose from, and where each stands now.
func (s *Server) timelineSessions(ctx context.Context, all []timeline.Session, shown handoff.SessionID) []views.TimelineSession {
	var sessions []views.TimelineSession
	for i, session := range all {
		short, _, _ := strings.Cut(string(session.ID), "-")
		one := views.TimelineSession{
			Name: short, Href: timelinePath + "/" + string(session.ID), Began: session.Began, Shown: session.ID == shown, Newest: i == 0 && len(all) > 1,
		}
		if now, err := s.deps.Handoff.ByID(ctx, session.ID); err == nil { // one that ended just now is left out the next time
			one.Status = string(now.Status)
		}
		sessions = append(sessions, one)
	}
	return sessions
}

// showTimeline fills the page with a session's entries, that numbered revealed with the secrets.
func showTimeline(page *views.TimelinePage, session timeline.Session, secrets timeline.Secrets, revealed uint64) {
	page.SessionID, page.Rev, page.Dropped = string(session.ID), session.Rev, session.Dropped
	page.Began, page.Until = session.Began.UTC(), session.Until.UTC()
	page.Rows = timelineRows(session, session.Entries, secrets, revealed)
	for i := range page.Sessions {
		page.Sessions[i].Shown = page.Sessions[i].Href == timelinePath+"/"+page.SessionID
	}
}

// timelineRows draws entries of a session; secrets are for the one numbered revealed only.
func timelineRows(session timeline.Session, entries []timeline.Entry, secrets timeline.Secrets, revealed uint64) []views.TimelineRow {
	var rows []views.TimelineRow
	for _, step := range timeline.Steps(entries) {
		from, to := step.Ends()
		row := views.TimelineRow{
			ID: "entry-" + placeText(step.Place()), Place: step.Place(), Kind: rowKinds[step.Kind], Nested: step.Nested,
			From: int(from), To: int(to), Parties: []string{step.From.String(), step.To.String()},
			Since: step.Since(session.Began), At: step.At.UTC().Format("15:04:05.000 UTC"),
			Label: step.Label(session.ID), Status: step.StatusText(), Failed: step.Failed(),
		}
		if step.Kind == timeline.InProcess {
			row.Label = step.Title
		}
		if step.IsAnswer {
			row.Kind, row.Label = "answer", ""
		}
		if step.Kind == timeline.Call {
			row.Took = timeline.TookText(step.Took.Seconds())
		}
		if step.Kind == timeline.Call && !step.IsAnswer {
			row.Method, row.Label, _ = strings.Cut(row.Label, " ")
		}
		if step.IsAnswer || step.Kind == timeline.InProcess || step.Kind == timeline.Close {
			rows = append(rows, row)
			continue
		}
		known := timeline.Secrets(nil)
		if secrets != nil && step.N == revealed {
			known, row.Revealed = secrets, true
		}
		row.Action, row.Number = timelinePath+"/"+string(session.ID), placeText(step.N)
		detail(&row, step.Entry, known)
		rows = append(rows, row)
	}
	return rows
}

var rowKinds = map[timeline.Kind]string{
	timeline.Call: "call", timeline.Frame: "frame", timeline.Close: "close", timeline.InProcess: "process",
}

// detail fills in what was said.
func detail(row *views.TimelineRow, e timeline.Entry, known timeline.Secrets) {
	row.Detailed = true
	switch e.Kind {
	case timeline.Frame:
		row.Messages = []views.TimelineMessage{message("Frame", "", e.Request, known)}
	default:
		target := append([]views.Piece{{Text: e.Method + " " + e.Origin}}, piecesOf(e.Path, known)...)
		request := message("Request", "", e.Request, known)
		request.Line = target
		answer := message("Answer", row.Status, e.Answer, known)
		answer.Line = []views.Piece{{Text: strings.TrimSpace(strconv.Itoa(e.Status) + " · " + row.Took)}}
		if e.Status == 0 {
			answer.Line = []views.Piece{{Text: e.Title}}
		}
		row.Messages = []views.TimelineMessage{request, answer}
		row.Curl, row.NoCurl = timeline.CurlLine(e, known)
	}
	for _, m := range row.Messages {
		for _, field := range m.Headers {
			row.Hides = row.Hides || hides(field.Value)
		}
		row.Hides = row.Hides || hides(m.Body) || hides(m.Line)
	}
}

func hides(pieces []views.Piece) bool {
	for _, piece := range pieces {
		if piece.Secret != "" {
			return true
		}
	}
	return false
}

func message(title, status string, m timeline.Message, known timeline.Secrets) views.TimelineMessage {
	shown := views.TimelineMessage{Title: title, Status: status, Body: piecesOf(m.Pretty(), known), Note: m.Note}
	for _, h := range m.Headers {
		shown.Headers = append(shown.Headers, views.TimelineHeader{Name: h.Name, Value: piecesOf(h.Value, known)})
	}
	return shown
}

func piecesOf(t timeline.Text, known timeline.Secrets) []views.Piece {
	var pieces []views.Piece
	for _, piece := range t.Pieces(known) {
		pieces = append(pieces, views.Piece(piece))
	}
	return pieces
}
