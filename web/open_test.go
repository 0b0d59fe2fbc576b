package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/web/webtest"
)

type opened struct {
	Requester struct{ Name, Browser, System string }
	Confirm   string
	Steps     []string
	Status    string
	ExpiresAt time.Time
}

func open(t *testing.T, s *webtest.Server, session webtest.Session) opened {
	t.Helper()
	answer := s.Do("POST", "/api/v1/session/open", "", "Authorization", session.Text)
	if answer.Status != 200 {
		t.Fatalf("open: %d %s", answer.Status, answer.Body)
	}
	var got opened
	answer.JSON(t, &got)
	return got
}

const firefoxOnWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

func createWith(t *testing.T, s *webtest.Server, body string) webtest.Session {
	t.Helper()
	answer := s.Do("POST", "/api/v1/session", body, "Authorization", "Bearer "+s.Token("bank"), "Content-Type", jsonType)
	if answer.Status != 200 {
		t.Fatalf("create: %d %s", answer.Status, answer.Body)
	}
	var session webtest.Session
	answer.JSON(t, &session)
	return session
}

func TestOpen(t *testing.T) {
	t.Run("SaysWhoAsksAndClaimsNothing", func(t *testing.T) {
		s := webtest.Start(t)
		session := createWith(t, s, `{"data":"x","steps":["SCAN","INFO"],"requester":{"name":"Example Bank","userAgent":"`+firefoxOnWindows+`","ip":"203.0.113.7"}}`)
		got := open(t, s, session)
		want := opened{Confirm: "none", Steps: []string{"SCAN", "INFO"}, Status: "created", ExpiresAt: got.ExpiresAt}
		want.Requester.Name, want.Requester.Browser, want.Requester.System = "Example Bank", "Firefox", "Windows"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		if left := time.Until(got.ExpiresAt); left > handoff.MaxTTL || left < handoff.MaxTTL-time.Minute {
			t.Errorf("it expires in %v", left)
		}
		if found, err := s.Handoff.ByID(t.Context(), handoff.SessionID(session.ID)); err != nil || found.Status != handoff.StatusCreated {
			t.Errorf("the session is %s, %v", found.Status, err)
		}
	})

	t.Run("ThePageHearsOfIt", func(t *testing.T) {
		s := webtest.Start(t)
		session := s.Create(s.Token("bank"), "x")
		page := s.WatchAfter(session, 0)
		page.NextTold()
		open(t, s, session)
		open(t, s, session) // at once: told once
		s.Do("GET", "/api/v1/session", "", "Authorization", session.Text)
		open(t, s, session) // after the claim: not told
		s.Publish(s.Token("bank"), session, `{"service":"SCAN"}`)
		for _, want := range []string{"notice 1 opened", "status 2 claimed", "event 3 SCAN"} {
			if got := page.NextTold(); got.String() != want {
				t.Errorf("the page hears %q, want %q", got, want)
			}
		}
	})

	t.Run("TheFirstPageSaysWhereItWasStarted", func(t *testing.T) {
		for name, watch := range map[string]func(s *webtest.Server, session webtest.Session){
			"over a WebSocket": func(s *webtest.Server, session webtest.Session) {
				channel := s.Dial("User-Agent", firefoxOnWindows)
				channel.Say(session.Text)
			},
			"by a poll": func(s *webtest.Server, session webtest.Session) {
				s.Do("GET", "/api/v1/session/events", "", "Authorization", session.Text, "User-Agent", firefoxOnWindows)
			},
		} {
			t.Run(name, func(t *testing.T) {
				s := webtest.Start(t)
				session := createWith(t, s, `{"data":"x","requester":{"name":"Example Bank"}}`)
				watch(s, session)
				got := eventually(t, func() *handoff.Requester {
					found, err := s.Handoff.ByID(t.Context(), handoff.SessionID(session.ID))
					if err != nil || found.Requester.Browser == "" {
						return nil
					}
					return &found.Requester
				})
				if want := (handoff.Requester{Name: "Example Bank", Browser: "Firefox", System: "Windows"}); *got != want {
					t.Errorf("the phone is told %+v, want %+v", *got, want)
				}
			})
		}
	})

	t.Run("AProgramsOwnNameIsNotShown", func(t *testing.T) {
		s := webtest.Start(t)
		for _, agent := range []string{"", "curl/8", "Your bank says hello", "Example Bank/1.0 (press Start)", strings.Repeat("Firefox/", 900)} {
			session := createWith(t, s, `{"data":"x","requester":{"userAgent":"`+agent+`"}}`)
			got := open(t, s, session).Requester
			if (got.Browser != "" && got.Browser != "Firefox") || got.System != "" || got.Name != "" {
				t.Errorf("of %.30q it shows %+v", agent, got)
			}
		}
	})

	t.Run("Refuses", func(t *testing.T) {
		s := webtest.Start(t)
		for _, sc := range []webtest.Scenario{
			{Name: "no ticket", Status: 401, Code: "UNAUTHORIZED"},
			{Name: "an unknown ticket", Headers: []string{"Authorization", handoff.NewTicket().Reveal()}, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		} {
			sc.Method, sc.Path = "POST", "/api/v1/session/open"
			sc.Run(t, s)
		}
		for _, requester := range []string{`"me"`, `{"name":7}`, `{"ip":"here"}`, `{"name":"` + strings.Repeat("x", 129) + `"}`, `{"name":"a\u0007b"}`} {
			answer := s.Do("POST", "/api/v1/session", `{"data":"x","requester":`+requester+`}`, "Authorization", "Bearer "+s.Token("bank"), "Content-Type", jsonType)
			if answer.Status != 400 || !strings.Contains(answer.Body, "requester") {
				t.Errorf("requester %.30s: %d %s", requester, answer.Status, answer.Body)
			}
		}
	})
}

func TestStatus(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := createWith(t, s, `{"data":"x","reference":"order 7","steps":["SCAN","FACE","INFO"]}`)
	type status struct {
		SessionID, Reference, Status, Reason string
		Services, Steps                      []string
		Seq                                  uint64
		CreatedAt, ClaimedAt, EndedAt        *time.Time
		ExpiresAt                            *time.Time
	}
	read := func() status {
		t.Helper()
		answer := s.Do("GET", "/api/v1/session/"+session.ID+"/status", "", "Authorization", "Bearer "+token)
		if answer.Status != 200 {
			t.Fatalf("status: %d %s", answer.Status, answer.Body)
		}
		var got status
		answer.JSON(t, &got)
		return got
	}
	got := read()
	if got.CreatedAt == nil || got.ExpiresAt == nil || got.ExpiresAt.Sub(*got.CreatedAt) != handoff.MaxTTL {
		t.Errorf("it was created at %v and expires at %v", got.CreatedAt, got.ExpiresAt)
	}
	want := status{SessionID: session.ID, Reference: "order 7", Status: "created", Services: []string{}, Steps: []string{"SCAN", "FACE", "INFO"},
		CreatedAt: got.CreatedAt, ExpiresAt: got.ExpiresAt}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	s.Do("GET", "/api/v1/session", "", "Authorization", session.Text)
	s.Publish(token, session, `{"service":"SCAN"}`)
	s.Publish(token, session, `{"service":"SCAN"}`)
	s.Publish(token, session, `{"status":"failed","reason":"FACE_NO_MATCH"}`)
	got = read()
	if got.ClaimedAt == nil || got.EndedAt == nil || got.EndedAt.Before(*got.ClaimedAt) {
		t.Errorf("it was claimed at %v and ended at %v", got.ClaimedAt, got.EndedAt)
	}
	want.Status, want.Reason, want.Services, want.Seq = "failed", "FACE_NO_MATCH", []string{"SCAN", "SCAN"}, 4
	want.ClaimedAt, want.EndedAt = got.ClaimedAt, got.EndedAt
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}

	bearer := []string{"Authorization", "Bearer " + token}
	for _, sc := range []webtest.Scenario{
		{Name: "no bearer", Path: "/api/v1/session/" + session.ID + "/status", Status: 401, Code: "UNAUTHORIZED"},
		{Name: "the ticket for the bearer", Path: "/api/v1/session/" + session.ID + "/status", Headers: []string{"Authorization", session.Text}, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "another tenant", Path: "/api/v1/session/" + session.ID + "/status", Headers: []string{"Authorization", "Bearer " + s.Token("other")}, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "an unknown session", Path: "/api/v1/session/" + string(handoff.NewSessionID()) + "/status", Headers: bearer, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "no session id", Path: "/api/v1/session/x/status", Headers: bearer, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "the text for the session id", Path: "/api/v1/session/" + session.Text + "/status", Headers: bearer, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
	} {
		sc.Method = "GET"
		sc.Run(t, s)
	}
	s.Do("DELETE", "/api/v1/session", "", "Authorization", session.Text)
	if answer := s.Do("GET", "/api/v1/session/"+session.ID+"/status", "", bearer...); answer.Status != 404 {
		t.Errorf("after the deletion: %d %s", answer.Status, answer.Body)
	}
}
