package web_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/web"
	"baton/web/webtest"
)

// openConsole is a demo with its presets; nobody else asks for the registration's steps.
func openConsole(t *testing.T) *browser {
	t.Helper()
	return openBank(t, &registrationtest.Provider{}, func(s *webtest.Server, deps *web.Deps) {
		deps.Demo, deps.Presets = true, s.Store
	}).browser(t)
}

// fields are what a browser sends when it presses one of a form's buttons.
func (p shown) fields(button string) url.Values {
	p.t.Helper()
	form := url.Values{}
	p.part("designer").Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		switch {
		case goquery.NodeName(s) == "textarea":
			form.Set(name, s.Text())
		case goquery.NodeName(s) == "select":
			option := s.Find("option[selected]")
			if option.Length() == 0 {
				option = s.Find("option").First()
			}
			form.Set(name, option.AttrOr("value", ""))
		case s.AttrOr("type", "") != "checkbox":
			form.Set(name, s.AttrOr("value", ""))
		case s.Is("[checked]"):
			form.Set(name, s.AttrOr("value", ""))
		}
	})
	form.Set("do", button)
	return form
}

// data is what the page shows, read back.
func (p shown) data() enrolment.Config {
	p.t.Helper()
	config, err := enrolment.Parse(p.part("outcome").Find(".base64 code").Text())
	if err != nil {
		p.t.Fatalf("%v: %s", err, p.part("outcome").Text())
	}
	return config
}

func (b *browser) press(page shown, button string, changes ...string) shown {
	b.t.Helper()
	form := page.fields(button)
	for i := 0; i+1 < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return b.post("/console", form)
}

func TestConsoleKeepsEveryPresetAsItIs(t *testing.T) {
	t.Parallel()
	b := openConsole(t)
	for _, preset := range enrolment.Presets() {
		page := b.get("/console?preset="+url.QueryEscape(preset.Name)).want(http.StatusOK, "designer", "sound", "words")
		if again := b.press(page, "check").want(http.StatusOK, "sound"); again.data().Encode() != preset.Config.Encode() {
			t.Errorf("%s: sent and shown again it is %s", preset.Name, again.data().JSON())
		}
	}
	if chosen := b.get("/console").part("chosen").Text(); chosen != enrolment.Presets()[0].Name {
		t.Errorf("at first the demo uses %q", chosen)
	}
	b.get("/console?preset=none").want(http.StatusNotFound, "wrong", "designer")
}

func TestConsoleBuildsAnEnrolment(t *testing.T) {
	t.Parallel()
	b := openConsole(t)
	page := b.get("/console?preset=Minimum")
	if label, _ := page.Find("#new option[value=GHA_VOTER_ID]").Parent().Attr("label"); label != "Ghana" {
		t.Errorf("a Ghanaian card is listed under %q", label)
	}
	page = b.press(page, "add", "new", "PASSPORT", "d0-documentType", "UAE_ID", "d0-isFrontSideReviewEnabled", "yes").want(http.StatusOK, "designed-1")
	page = b.press(page, "down 0", "face-enabled", "yes", "face-maxAttempts", "1", "d1-timeoutInSeconds", "30", "d1-faceScanMinimumMatchLevel", "4")
	config := page.data()
	if len(config.Documents) != 2 {
		t.Fatalf("documents: %s", config.JSON())
	}
	if first, second := config.Documents[0], config.Documents[1]; first.Type != "PASSPORT" || first.Reading.TimeoutSeconds != 30 || first.ScanMatchLevel != 4 || !second.ReviewFront {
		t.Errorf("moved down: %s", config.JSON())
	}
	if face := config.FacialRecognition; !face.Enabled || face.MaxAttempts != 1 {
		t.Errorf("face: %+v", face)
	}
	page = b.press(page, "remove 0")
	if got := page.data(); len(got.Documents) != 1 || got.Documents[0].Type != "UAE_ID" {
		t.Errorf("removed: %s", got.JSON())
	}

	page = b.press(page, "check", "d0-documentType", "UTO ID", "d0-timeoutInSeconds", "soon", "general-userIdentifier", "me").want(http.StatusOK, "problem")
	text := page.part("outcome").Text()
	for _, path := range []string{"documents[0].documentType", "documents[0].reading.timeoutInSeconds", "generalConfig.userIdentifier"} {
		if !strings.Contains(text, path) {
			t.Errorf("the checks do not name %s: %s", path, text)
		}
	}
	if typed := page.Find("#d0-timeoutInSeconds").AttrOr("value", ""); typed != "soon" {
		t.Errorf("what was typed is now %q", typed)
	}
	b.press(page, "use", "name", "Wrong").want(http.StatusUnprocessableEntity, "wrong", "problem")
	if _, chosen, _ := b.server.Store.ChosenPreset(t.Context()); chosen {
		t.Error("what is wrong was chosen")
	}
}

func TestConsoleImports(t *testing.T) {
	t.Parallel()
	b := openConsole(t)
	text := `{"documents":[{"documentType":"UTO_ID","new":{"deep":[12345678901234567890]},"reading":{"enabled":true,"newer":1}}],"backgroundCheck":{"own":"<b>"},"top":null}`
	want, err := enrolment.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text))} {
		page := b.press(b.get("/console"), "import", "import", form).want(http.StatusOK, "warning", "words")
		page = b.press(page, "check").want(http.StatusOK, "warning") // through the form, which has no field for them
		if got := page.data().Encode(); got != want.Encode() {
			t.Errorf("came back as %s, want %s", page.data().JSON(), want.JSON())
		}
		for _, path := range []string{"documents[0].documentType", "documents[0].new", "documents[0].reading.newer", "backgroundCheck.own", "top"} {
			if !strings.Contains(page.part("outcome").Text(), path) {
				t.Errorf("nothing is said of %s", path)
			}
		}
	}
	for _, wrong := range []string{"", "hello", "{", `{"documents":[]}`} {
		page := b.press(b.get("/console?preset=Minimum"), "import", "import", wrong).want(http.StatusUnprocessableEntity, "wrong", "sound")
		if kept := page.Find("#import").Text(); kept != wrong {
			t.Errorf("%q is now %q", wrong, kept)
		}
		if len(page.data().Documents) != 1 {
			t.Error("the form was not kept")
		}
	}
}

func TestConsoleSavesAndChooses(t *testing.T) {
	t.Parallel()
	b := openConsole(t)
	page := b.get("/console?preset=Minimum")
	b.press(page, "save").want(http.StatusUnprocessableEntity, "wrong") // a shipped one's name
	b.press(page, "save", "name", " ").want(http.StatusUnprocessableEntity, "wrong")
	page = b.follow(b.press(page, "save", "name", "  For   Friday ", "face-enabled", "yes")).want(http.StatusOK, "notice", "delete")
	if name := page.part("name").AttrOr("value", ""); name != "For Friday" || !page.data().FacialRecognition.Enabled {
		t.Errorf("saved is %q: %s", name, page.data().JSON())
	}
	if chosen := page.part("chosen").Text(); chosen == "For Friday" {
		t.Error("saving chose it")
	}
	page = b.follow(b.press(page, "use")).want(http.StatusOK, "notice")
	if chosen := page.part("chosen").Text(); chosen != "For Friday" {
		t.Errorf("the demo uses %q", chosen)
	}
	page = b.follow(b.press(b.get("/console?preset=For+Friday"), "delete")).want(http.StatusOK, "notice")
	if page.part("chosen").Text() != "For Friday" || strings.Contains(page.part("presets").Text(), "For Friday") || !page.data().FacialRecognition.Enabled {
		t.Error("deleting changed what the demo uses, or deleted nothing")
	}
	page = b.follow(b.press(b.get("/console?preset=Minimum"), "use", "face-enabled", "yes"))
	if chosen := page.part("chosen").Text(); chosen != "Minimum (changed)" || page.Find(".in-use").Length() != 0 {
		t.Errorf("a changed preset is used as %q", chosen)
	}
	for i := range registration.MaxPresets {
		if err := b.server.Store.KeepPreset(t.Context(), registration.Preset{Name: strings.Repeat("x", i+1), Data: enrolment.Default().Encode()}); err != nil {
			t.Fatal(err)
		}
	}
	b.press(page, "save", "name", "One more").want(http.StatusConflict, "wrong", "designer")
}

func TestChecksKnowTheServersLimit(t *testing.T) {
	if enrolment.MaxData != handoff.MaxData {
		t.Errorf("the checks allow %d bytes of data, a session %d", enrolment.MaxData, handoff.MaxData)
	}
}

func TestConsoleIsNotForEverybody(t *testing.T) {
	t.Parallel()
	b := openConsole(t)
	if status := b.send("GET", "/console", nil, "X-Forwarded-For", "192.0.2.1").status; status != http.StatusNotFound {
		t.Errorf("another machine gets %d", status)
	}
	form := b.get("/console").fields("use")
	if status := b.send("POST", "/console", form, "Origin", "https://evil.example").status; status != http.StatusForbidden {
		t.Errorf("another site's form gets %d", status)
	}
	if got := b.get("/").Find(`a[href="/console"]`).Length(); got != 1 {
		t.Error("the start page does not lead there")
	}
	if got := b.send("GET", "/", nil, "X-Forwarded-For", "192.0.2.1").Find(`a[href="/console"]`).Length(); got != 0 {
		t.Error("the start page leads others there")
	}
	elsewhere := openBank(t, &registrationtest.Provider{}).browser(t)
	if status := elsewhere.get("/console").status; status != http.StatusNotFound {
		t.Errorf("without the demo it answers %d", status)
	}
}
