package web_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"baton/internal/audit"
	"baton/internal/handoff"
	"baton/web"
	"baton/web/webtest"
)

// seeker looks for secrets in whatever a run left behind.
type seeker struct {
	found   func(format string, args ...any)
	secrets map[string][][]byte // by name: the forms that it could take
}

// hide adds a secret in every form in which it could be found again.
func (k *seeker) hide(name, secret string) {
	forms := [][]byte{[]byte(secret)}
	add := func(texts ...string) {
		for _, text := range texts {
			forms = append(forms, []byte(text))
		}
	}
	add(hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), url.QueryEscape(secret), url.PathEscape(secret))
	quoted, _ := json.Marshal(secret)
	add(strings.Trim(string(quoted), `"`), base32.StdEncoding.EncodeToString([]byte(secret))[:len(secret)])
	// Base64 of a text that holds the secret somewhere: three alignments, less the characters that its neighbours share.
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for shift := range 3 {
			text := encoding.EncodeToString(append(make([]byte, shift), secret...))
			add(text[4 : len(text)-4])
		}
	}
	var wide []byte
	for _, unit := range utf16.Encode([]rune(secret)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	forms = append(forms, wide)
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err == nil { // a ticket's own bytes
		forms = append(forms, raw)
		add(hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw)[:len(raw)])
	}
	k.secrets[name] = forms
}

// clean fails if a place holds a secret, but for those that it may.
func (k *seeker) clean(place string, content []byte, may ...string) {
	for name, forms := range k.secrets {
		if slices.Contains(may, name) {
			continue
		}
		for i, form := range forms {
			if bytes.Contains(content, form) {
				k.found("%s holds %s (form %d)", place, name, i)
			}
		}
	}
}

// A stolen database, log or audit opens no session and reads no token: a run of everything leaves no secret behind, in no
// encoding, and no answer repeats one but those whose purpose is to hand it out.
func TestNoSecretIsLeftBehind(t *testing.T) {
	var trail bytes.Buffer
	s := webtest.Start(t, func(server *webtest.Server, deps *web.Deps) {
		server.Handoff.Audit(audit.New(&trail, []byte("key"), nil, nil))
	})
	k := &seeker{t.Errorf, map[string][][]byte{}}
	bearer := s.Token("bank")
	k.hide("the bearer", bearer)
	backend := []string{"Authorization", "Bearer " + bearer, "Content-Type", jsonType}

	// say makes a call and holds its answer against every secret; may names those whose answer it is.
	say := func(what, method, path, body string, headers []string, may ...string) webtest.Answer {
		t.Helper()
		answer := s.Do(method, path, body, headers...)
		k.clean(what, []byte(answer.Body), may...)
		for name, values := range answer.Header {
			k.clean(what+"'s header "+name, []byte(strings.Join(values, " ")), may...)
		}
		return answer
	}

	var all []protected
	for i, options := range []string{
		`"claim":"open"`, `"claim":"once"`, `"separatePage":true`, `"confirm":"prompt"`, `"confirm":"number","rotate":true`,
	} {
		token, data := "token-"+handoff.NewTicket().Reveal(), "data-"+handoff.NewTicket().Reveal()+" für Ana"
		k.hide("a token", token)
		k.hide("data", data)
		answer := s.Do("POST", "/api/v1/session", `{"data":`+quote(data)+`,"token":`+quote(token)+`,`+options+`}`, backend...)
		var made protected
		answer.JSON(t, &made)
		name := string(rune('A' + i))
		k.clean("a creation's answer", []byte(answer.Body)) // before its own secrets are known: it holds nothing of the others
		k.secrets["token "+name], k.secrets["data "+name] = k.secrets["a token"], k.secrets["data"]
		delete(k.secrets, "a token")
		delete(k.secrets, "data")
		k.hide("ticket "+name, made.Text)
		if made.Page != "" {
			k.hide("page token "+name, made.Page)
		}
		k.hide("device "+name, mine+name)
		all = append(all, made)
	}

	for i, session := range all {
		name := string(rune('A' + i))
		ticket := "ticket " + name
		text := session.Text
		watcher := session.Text
		if session.Page != "" {
			watcher = session.Page
			for _, call := range []struct{ what, method, path string }{
				{"a page's call by the ticket", "GET", "/api/v1/session/events"}, {"a picture by the ticket", "GET", "/api/v1/session/qr.svg"},
				{"a deletion by the ticket", "DELETE", "/api/v1/session"},
			} {
				say(call.what, call.method, call.path, "", []string{"Authorization", session.Text})
			}
			say("a claim by the page token", "GET", "/api/v1/session", "", []string{"Authorization", session.Page})
			channel := s.Dial()
			channel.Say(`{"pageToken":"` + session.Page + `"}`)
			k.clean("a snapshot", []byte(channel.NextTold().String()))
		} else {
			channel := s.WatchAfter(session.Session, 0)
			k.clean("a snapshot", []byte(channel.NextTold().String()))
		}
		say("a picture", "GET", "/api/v1/session/qr.svg?link=true", "", []string{"Authorization", watcher}, ticket)
		link := say("a copied link", "POST", "/api/v1/session/link", "", []string{"Authorization", watcher}, ticket)
		if _, fragment, ok := strings.Cut(link.Body, "#"); ok {
			text, _, _ = strings.Cut(fragment, `"`)
		}
		phone := []string{"Authorization", text, "Baton-Device", mine + name, "Content-Type", jsonType}
		say("open", "POST", "/api/v1/session/open", "", phone)
		found, err := s.Handoff.ByID(t.Context(), handoff.SessionID(session.ID))
		if err != nil {
			t.Fatal(err)
		}
		say("a wrong confirmation", "POST", "/api/v1/session/confirm", `{"agree":true,"number":"x`+session.Text+`"}`, phone)
		say("a confirmation", "POST", "/api/v1/session/confirm", `{"agree":true,"number":"`+found.Number+`"}`, phone)
		claim := say("a claim", "GET", "/api/v1/session", "", phone, "token "+name, "data "+name)
		if claim.Status != 200 {
			t.Errorf("session %s is not claimed: %d %s", name, claim.Status, claim.Body)
		}
		if found.Protection.Once {
			say("another's claim", "GET", "/api/v1/session", "", []string{"Authorization", session.Text, "Baton-Device", another})
		}
		say("a claim by path", "GET", "/api/v1/session/"+session.Text, "", []string{"Baton-Device", mine + name}, "token "+name, "data "+name)
		say("an event", "POST", "/api/v1/session/events", `{"service":"SCAN"}`, phone)
		say("an event with a secret for its service", "POST", "/api/v1/session/events", `{"service":"`+session.Text+`"}`, phone)
		say("an event that is no JSON", "POST", "/api/v1/session/events", session.Text, phone)
		say("an event with a secret for its name", "POST", "/api/v1/session/events", `{"`+session.Text+`":1,"`+session.Text+`":2}`, phone)
		say("a poll", "GET", "/api/v1/session/events", "", []string{"Authorization", watcher})
		say("a poll after a secret", "GET", "/api/v1/session/events?after="+watcher, "", []string{"Authorization", watcher})
		say("a status", "GET", "/api/v1/session/"+session.ID+"/status", "", backend)
		say("a status by the ticket", "GET", "/api/v1/session/"+session.Text+"/status", "", backend)
		say("a bearer that is a ticket", "POST", "/api/v1/session", `{"data":""}`, []string{"Authorization", "Bearer " + session.Text, "Content-Type", jsonType})
		say("a path that nobody knows", "GET", "/api/v1/"+session.Text+"/"+watcher, "", []string{"Authorization", text})
		say("a method that nobody knows", "PATCH", "/api/v1/session/"+session.Text, "", []string{"Authorization", text})
		say("the link without its fragment", "GET", "/go?"+session.Text, "", []string{"Accept", "text/html"})
		say("a report", "POST", "/api/v1/session/report", `{"reason":"NOT_ME"}`, phone)
	}
	k.hide("nothing", "a text that must be found nowhere: "+handoff.NewTicket().Reveal())

	files, err := filepath.Glob(filepath.Join(s.Dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the database's files: %v, %v", files, err)
	}
	size := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		size += len(content)
		k.clean(filepath.Base(file), content)
	}
	if !bytes.Contains(trail.Bytes(), []byte(`"what":"claimed"`)) || size < 50_000 || !strings.Contains(s.Log.String(), "/api/v1/session/:ticket") {
		t.Errorf("there is too little to search: %d bytes of database, audit %.200s", size, trail.String())
	}
	k.clean("the log", []byte(s.Log.String()))
	k.clean("the audit", trail.Bytes())

	// The seeker finds what it should.
	for name, forms := range k.secrets {
		for i, form := range forms {
			found := false
			(&seeker{func(string, ...any) { found = true }, k.secrets}).clean("itself", slices.Concat([]byte("…"), form))
			if !found {
				t.Errorf("form %d of %s is not found in itself", i, name)
			}
		}
	}
}

func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
