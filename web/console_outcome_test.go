package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"baton/internal/enrolment"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/internal/sandbox"
	"baton/web"
	"baton/web/webtest"
)

func TestConsoleChoosesWhatTheNextHandOverComesTo(t *testing.T) {
	t.Parallel()
	var provider *sandbox.Sandbox
	b := openBank(t, &registrationtest.Provider{}, func(s *webtest.Server, deps *web.Deps) {
		var err error
		if provider, err = sandbox.New(t.Context(), sandbox.Config{Store: s.Store, Now: s.Clock.Now}); err != nil {
			t.Fatal(err)
		}
		deps.Demo, deps.Presets, deps.Wishes = true, s.Store, provider
	}).browser(t)
	choose := func(outcome, at string) shown {
		t.Helper()
		return b.post("/console", url.Values{"do": {"outcome"}, "outcome": {outcome}, "at": {at}})
	}

	page := b.get("/console").want(http.StatusOK, "next", "next-outcome", "next-at")
	var offered []string
	for _, option := range page.part("next-outcome").Find("option").EachIter() {
		offered = append(offered, option.AttrOr("value", ""))
		if _, unfit := option.Attr("disabled"); unfit {
			t.Errorf("%s is not to be had with the demo's own enrolment", option.AttrOr("value", ""))
		}
		if option.AttrOr("data-leads", "") == "" || option.Text() == option.AttrOr("value", "") {
			t.Errorf("%s has no words", option.AttrOr("value", ""))
		}
	}
	if got := strings.Join(offered, ", "); got != enrolment.OutcomeNames() {
		t.Errorf("offered are %s, want %s", got, enrolment.OutcomeNames())
	}

	page = b.follow(choose("user_cancels", "FACE")).want(http.StatusOK, "notice")
	if want := (enrolment.Wish{Outcome: enrolment.OutcomeUserCancels, At: "FACE"}); provider.Chosen() != want || page.part("next-chosen").AttrOr("data-outcome", "") != "user_cancels" {
		t.Errorf("chosen is %v, shown %q", provider.Chosen(), page.part("next-chosen").Text())
	}
	b.follow(choose("tampered_result", "FACE")) // the form sends the step along
	if want := (enrolment.Wish{Outcome: enrolment.OutcomeTamperedResult}); provider.Chosen() != want {
		t.Errorf("chosen is %v", provider.Chosen())
	}
	for _, wrong := range [][2]string{{"luck", ""}, {"user_cancels", "TEA"}} {
		choose(wrong[0], wrong[1]).want(http.StatusUnprocessableEntity, "wrong", "designer")
	}
	b.follow(choose("background_hit", ""))
	for _, cross := range []string{"https://evil.example"} {
		if status := b.send("POST", "/console", url.Values{"do": {"outcome"}, "outcome": {"success"}}, "Origin", cross).status; status != http.StatusForbidden {
			t.Errorf("another site's form gets %d", status)
		}
	}

	// What was chosen is held against what the demo uses now.
	minimum := registration.Preset{Name: "Minimum", Data: enrolment.New(enrolment.Passport).Encode()}
	if err := b.server.Store.ChoosePreset(t.Context(), minimum); err != nil {
		t.Fatal(err)
	}
	page = b.get("/console").want(http.StatusOK, "next-wrong")
	if said := page.part("next-wrong").Text(); !strings.Contains(said, "BACKGROUND_CHECK") {
		t.Errorf("the page says %q", said)
	}
	if _, unfit := page.part("next-outcome").Find(`[value="face_mismatch"]`).Attr("disabled"); !unfit {
		t.Error("an outcome that needs a face can be chosen")
	}
	refused := choose("face_mismatch", "").want(http.StatusUnprocessableEntity, "wrong")
	if said := refused.part("wrong").Text(); !strings.Contains(said, "facialRecognition.enabled") {
		t.Errorf("the page says %q", said)
	}
	page = b.follow(choose("success", ""))
	if provider.Chosen() != (enrolment.Wish{}) || page.part("next-wrong").Length() != 0 {
		t.Errorf("taken back, chosen is %v", provider.Chosen())
	}
	openConsole(t).post("/console", url.Values{"do": {"outcome"}, "outcome": {"success"}}).want(http.StatusNotFound) // nobody plays outcomes there
}
