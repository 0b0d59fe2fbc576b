package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/internal/timeline"
	"baton/views"
)

const (
	maxLives = 16               // timelines that are followed at a time
	lifePing = 20 * time.Second // between two signs of life to a page that is told nothing
)

// lives are the open streams of timelines. The zero value is ready.
type lives struct {
	mu      sync.Mutex
	open    int
	ended   chan struct{} // closed at the end; nil before the first
	over    bool
	running sync.WaitGroup
}

// enter counts a stream, or reports that there are too many, or that the server ends.
func (l *lives) enter() (ended <-chan struct{}, leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || l.open >= maxLives {
		return nil, nil, false
	}
	if l.ended == nil {
		l.ended = make(chan struct{})
	}
	l.open++
	l.running.Add(1)
	return l.ended, sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.open--
		l.running.Done()
	}), true
}

// end ends every stream and waits for it. A stream's writes are bounded, so the wait is.
func (l *lives) end() {
	l.mu.Lock()
	if l.ended != nil && !l.over {
		close(l.ended)
	}
	l.over = true
	l.mu.Unlock()
	l.running.Wait()
}

// told is one message of the stream.
type told struct {
	Rows   string            `json:"rows,omitzero"`   // markup of what is new
	Newest handoff.SessionID `json:"newest,omitzero"` // the newest session is another one now
	Gone   bool              `json:"gone,omitzero"`   // the session has ended, and nothing of it is kept

	Sessions *string `json:"sessions,omitzero"` // markup of those to choose from; nil: as before
}

// followed is what a page has been told so far.
type followed struct {
	id       handoff.SessionID // empty once it is over
	known    uint64            // the newest session's number
	after    uint64            // the last entry's
	sessions *string           // nil: whatever it was drawn with
}

// timelineLive tells a page what is added to a session's timeline, and when another session begins. It is no call of a
// hand-over, so it is on no timeline.
func (s *Server) timelineLive(c *fiber.Ctx) error {
	after, err := number(query(c, "after"), "after")
	if err != nil {
		return err
	}
	if last := header(c, "Last-Event-ID"); last != "" {
		if after, err = number(last, "Last-Event-ID"); err != nil {
			return err
		}
	}
	known, err := number(query(c, "known"), "known")
	if err != nil {
		return err
	}
	id, shown := handoff.ParseSessionID(query(c, "session"))
	if query(c, "session") != "" && !shown {
		return invalid("`session` is a session's id.")
	}
	ended, leave, ok := s.lives.enter()
	if !ok {
		return &failure{told: &handoff.Error{Code: handoff.CodeTooManyRequests, Message: "Too many pages follow a timeline. Close one of them."}, wait: time.Minute}
	}
	drawn := views.WithLanguage(context.Background(), languageOf(c))
	takeOver(c, func(conn *eventConn) {
		defer leave()
		s.followTimeline(drawn, conn, ended, &followed{id: id, known: known, after: after})
	})
	return nil
}

// followTimeline lives a stream's life: it listens, then reads, then waits. It goes on after the session's end, for those that
// come after it.
func (s *Server) followTimeline(drawn context.Context, conn *eventConn, ended <-chan struct{}, page *followed) {
	wake, stop := s.deps.Timeline.Listen()
	defer stop()
	left := make(chan struct{})
	go func() {
		defer close(left)
		for {
			if _, _, err := conn.Receive(nil); err != nil {
				return
			}
		}
	}()
	defer func() {
		conn.Interrupt()
		<-left
	}()
	if conn.Ping() != nil { // which sends the answer's head
		return
	}
	ping := time.NewTicker(lifePing)
	defer ping.Stop()
	for {
		if s.tellTimeline(drawn, conn, page) != nil {
			return
		}
		select {
		case <-ended:
			_ = conn.Close(0, "")
			return
		case <-left:
			return
		case <-wake:
		case <-ping.C: // a session that has expired is found here at the latest
			if conn.Ping() != nil {
				return
			}
		}
	}
}

// tellTimeline sends what is new: that a session began after the last that the page knows, where the sessions stand, and what
// was said in the one that is shown. drawn has the page's language.
func (s *Server) tellTimeline(drawn context.Context, conn *eventConn, page *followed) error {
	all := s.deps.Timeline.Sessions()
	var about told
	if len(all) > 0 && all[0].N > page.known {
		page.known = all[0].N
		about.Newest = all[0].ID
	}
	var sessions bytes.Buffer
	if err := views.TimelineSessions(s.timelineSessions(drawn, all, page.id)).Render(drawn, &sessions); err != nil {
		return err
	}
	if now := sessions.String(); page.sessions == nil || *page.sessions != now {
		page.sessions, about.Sessions = &now, &now
	}
	if about != (told{}) {
		if err := tell(conn, 0, about); err != nil {
			return err
		}
	}
	if page.id == "" {
		return nil
	}
	session, ok := s.deps.Timeline.Session(page.id)
	if !ok {
		page.id = ""
		return tell(conn, 0, told{Gone: true})
	}
	entries, _ := s.deps.Timeline.Since(page.id, page.after)
	for _, e := range entries {
		page.after = e.Rev
		var rows bytes.Buffer
		if err := views.TimelineRows(timelineRows(session, []timeline.Entry{e}, nil, 0)).Render(drawn, &rows); err != nil {
			return err
		}
		if err := tell(conn, e.Rev, told{Rows: rows.String()}); err != nil {
			return err
		}
	}
	return nil
}

func tell(conn *eventConn, seq uint64, what told) error {
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return conn.Send(seq, text)
}

// attach answers with a file to keep.
func attach(c *fiber.Ctx, name, kind, text string) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Status(http.StatusOK).SendString(text)
}

func placeText(place uint64) string { return strconv.FormatUint(place, 10) }
