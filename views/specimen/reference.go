package specimen

import "baton/views"

// Interface is as small as an interface can be that has one of everything.
func Interface() views.ReferencePage {
	return views.ReferencePage{
		About: "Ask `POST` first.\n\nThen wait.",
		Groups: []views.ReferenceGroup{{Name: "Backend", Description: "Your server.", Calls: []views.ReferenceCall{{
			ID: "createSession", Method: "POST", Path: "/api/v1/session", Summary: "Create a session", Description: "It lives for half an hour.",
			Credentials: []string{"`Authorization: Bearer …`", "`Authorization:` with the text."},
			Parameters:  []views.ReferenceField{{Name: "Baton-Device", In: "header", Type: "string", Description: "The phone."}},
			Bodies:      []views.ReferenceObject{{Title: "Plain", Fields: []views.ReferenceField{{Name: "data", Type: "string", Required: true, Description: "Opaque."}}}},
			Requests:    []views.ReferenceExample{{Title: "The least", Text: "POST /api/v1/session\n\n{\"data\": \"\"}"}},
			Answers: []views.ReferenceAnswer{
				{
					Status: "200", Description: "It exists.", Object: views.ReferenceObject{Fields: []views.ReferenceField{{Name: "sessionId", Type: "UUID"}}},
					Examples: []views.ReferenceExample{{Text: `{"sessionId": "…"}`}},
				},
				{Status: "409", Description: "Too late.", Codes: []string{"SESSION_ENDED", "CODE_STALE"}},
			},
		}}}},
		Everywhere: []views.ReferenceAnswer{{Status: "404", Codes: []string{"NOT_FOUND"}}},
		Channel: views.ReferenceChannel{
			About: "Open it.", URL: "wss://baton.example.com/ws/v1/session",
			First:  []views.ReferenceFrame{{Name: "text", Title: "The text", Summary: "First.", Text: "As it is."}},
			Frames: []views.ReferenceFrame{{Name: "qr", Title: "qr", Summary: "Draw anew.", Examples: []views.ReferenceExample{{Text: `{"type": "qr"}`}}}},
		},
		Errors: []views.ReferenceError{
			{Code: "SESSION_ENDED", Statuses: []string{"409"}, Close: "4509", Means: "It has ended.", Do: "Create a new one."},
			{Code: "CODE_STALE", Statuses: []string{"409"}, Means: "The picture is old.", Do: "Scan anew."},
			{Code: "NOT_FOUND", Statuses: []string{"404"}, Means: "There is nothing.", Do: "Check the path."},
		},
		Closes: []views.ReferenceClose{
			{Code: "1000", Reasons: []string{"completed"}, Means: "It is over."},
			{Code: "4509", Reasons: []string{"SESSION_ENDED"}, Again: true, Means: "It has ended."},
		},
	}
}
