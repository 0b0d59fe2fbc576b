package specimen

import (
	"strconv"
	"time"

	"baton/views"
)

// timelineSessions are one in each state, the newest first.
func timelineSessions() []views.TimelineSession {
	var all []views.TimelineSession
	for i, status := range []string{"created", "claimed", "completed", "failed", "cancelled"} {
		id := strconv.Itoa(i) + "b8f2f4e"
		all = append(all, views.TimelineSession{
			Name: id, Href: "/console/timeline/" + id + "-8a53-4a0c-9d0e-6f2b1c7d5e11", Began: at.Add(-time.Duration(i) * time.Minute), Status: status, Newest: i == 0,
		})
	}
	return all
}

// timeline is a short hand-over, with one line of every kind and one that is open.
func timeline() views.TimelinePage {
	parties := []string{"Page", "Phone", "Backend", "Baton", "Provider"}
	row := func(id, kind string, from, to int, label, status string) views.TimelineRow {
		return views.TimelineRow{
			ID: "entry-" + id, Kind: kind, From: from, To: to, Parties: []string{parties[from], parties[to]}, Since: "+0." + id + " s", At: "09:26:53.000 UTC", Label: label, Status: status,
		}
	}
	call := func(id string, from, to int, method, label, status string) views.TimelineRow {
		r := row(id, "call", from, to, label, status)
		r.Method, r.Took, r.Detailed = method, "3 ms", true
		r.Messages = []views.TimelineMessage{{Title: "Request", Line: []views.Piece{{Text: method + " https://baton.example.com" + label}}}, {Title: "Answer", Note: "text/html of 8000 bytes, not kept: a page shows the code"}}
		return r
	}
	token := call("11", 2, 4, "POST", "/api/oauth/token", "200")
	token.Nested = true
	made := row("12", "process", 2, 3, "creates the session", "")
	made.Nested = true
	answer := row("13", "answer", 2, 0, "", "303")
	answer.Parties = []string{"Page", "Backend"}
	claim := call("16", 1, 3, "GET", "/api/v1/session", "200")
	claim.Hides, claim.Number, claim.Action = true, "16", "/console/timeline/"+Ready().SessionID
	claim.Messages = []views.TimelineMessage{
		{Title: "Request", Line: []views.Piece{{Text: "GET https://baton.example.com/api/v1/session"}}, Headers: []views.TimelineHeader{{Name: "Authorization", Value: []views.Piece{{Text: "$QR_CODE_TEXT", Secret: "QR_CODE_TEXT"}}}}},
		{Title: "Answer", Line: []views.Piece{{Text: "200 · after 3 ms"}}, Body: []views.Piece{{Text: "{\n  \"token\": \""}, {Text: "$ACCESS_TOKEN", Secret: "ACCESS_TOKEN"}, {Text: "\"\n}"}}},
	}
	claim.Curl = `curl --header 'Authorization: '"$QR_CODE_TEXT" 'https://baton.example.com/api/v1/session'`
	frame := row("17", "frame", 3, 0, "status claimed", "")
	refused := call("18", 1, 3, "POST", "/api/v1/session/events", "409")
	refused.Failed = true
	rows := []views.TimelineRow{
		call("10", 0, 2, "POST", "/register", ""), token, made, answer,
		call("14", 0, 3, "GET", "/ws/v1/session", "101"), row("15", "frame", 0, 3, "first frame", ""), claim, frame, refused, row("19", "close", 3, 0, "close 1000 completed", ""),
	}
	for i := range rows {
		rows[i].Place = uint64(10 + i)
		rows[i].Detailed = rows[i].ID == claim.ID // one, so that each part is there once
	}
	return views.TimelinePage{
		Path: "/console/timeline", Live: "/console/timeline/live", Parties: parties, SessionID: Ready().SessionID, Rev: 9, Began: at, Until: at.Add(30 * time.Minute),
		Rows: rows, MaxSessions: 20, MaxEntries: 500, Console: true, Docs: true,
	}
}
