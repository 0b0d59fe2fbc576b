package web

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/enrolment"
	"baton/internal/registration"
	"baton/views"
)

const consolePath = "/console"

// The presenter. Its forms change what the demo asks of everybody, so they are protected as those with a cookie are.
func (s *Server) registerConsoleRoutes(app *fiber.App) {
	if s.deps.Presets == nil {
		return
	}
	pages := app.Group(consolePath, s.presenters, s.keepOrigin, s.protectForms, s.forms)
	pages.Add(fiber.MethodGet, "", s.console)
	pages.Add(fiber.MethodPost, "", s.consoleDo)
}

// opensConsole reports whether the visitor may see the console.
func (s *Server) opensConsole(c *fiber.Ctx) bool { return s.deps.Presets != nil && s.isPresenter(c) }

// said are what the page can be asked to say once, by name.
var said = map[string]string{
	"used":    "The demo uses this from the next code on. Codes that are shown already stay as they are.",
	"saved":   "Saved. The demo goes on with what it used before, until you choose this.",
	"deleted": "The preset is deleted.",
	"outcome": "Chosen for the next hand-over.",
}

// console shows the enrolment that the demo uses, or the preset that the address names.
func (s *Server) console(c *fiber.Ctx) error {
	all, chosen, err := s.presets(c)
	if err != nil {
		return err
	}
	shown := chosen
	if name := query(c, "preset"); name != "" {
		k := slices.IndexFunc(all, func(p registration.Preset) bool { return p.Name == name })
		if k < 0 {
			return s.renderConsole(c, fiber.StatusNotFound, design{name: chosen.Name, text: decoded(chosen.Data),
				wrong: "There is no preset of that name (any more). This is what the demo uses."})
		}
		shown = all[k]
	}
	return s.renderConsole(c, fiber.StatusOK, design{name: shown.Name, text: decoded(shown.Data), said: said[query(c, "said")]})
}

// changedMark stands after the name of a preset that was changed and used without being saved.
const changedMark = " (changed)"

// presets returns the shipped and the kept presets, and the one that the demo uses.
func (s *Server) presets(c *fiber.Ctx) (all []registration.Preset, chosen registration.Preset, err error) {
	for _, p := range enrolment.Presets() {
		all = append(all, registration.Preset{Name: p.Name, Data: p.Config.Encode()})
	}
	kept, err := s.deps.Presets.Presets(c.UserContext())
	if err != nil {
		return nil, chosen, err
	}
	chosen, ok, err := s.deps.Presets.ChosenPreset(c.UserContext())
	if !ok {
		chosen = all[0]
	}
	return append(all, kept...), chosen, err
}

// design is an enrolment on its way through the form.
type design struct {
	name     string
	text     []byte // its JSON
	imported string // what could not be imported, so that it can be mended
	said     string
	wrong    string
}

// consoleDo does what one of the form's buttons says. Only "use", "save" and "delete" change anything here; the others
// answer with the form as it is then.
func (s *Server) consoleDo(c *fiber.Ctx) error {
	action, at, _ := strings.Cut(formValue(c, "do"), " ")
	switch action {
	case "import":
		return s.consoleImport(c)
	case "outcome":
		return s.consoleOutcome(c)
	}
	form := readDesign(c)
	form.act(action, at)
	d := design{name: formValue(c, "name"), text: form.json()}
	config, problems, _ := enrolment.Check(d.text)
	switch action {
	case "use", "save", "delete":
		name, ok := registration.CleanPresetName(d.name)
		switch {
		case !ok:
			d.wrong = "Give the preset a name of 1 to 60 characters first."
		case action != "delete" && len(problems) > 0:
			d.wrong = "Mend what is wrong first; see the checks."
		case action != "use" && slices.ContainsFunc(enrolment.Presets(), func(p enrolment.Preset) bool { return p.Name == name }):
			d.wrong = "A preset of this name comes with the program and stays as it is. Save yours under another name."
		default:
			return s.consoleKeep(c, action, registration.Preset{Name: name, Data: config.Encode()}, d)
		}
		return s.renderConsole(c, fiber.StatusUnprocessableEntity, d)
	}
	return s.renderConsole(c, fiber.StatusOK, d)
}

func (s *Server) consoleKeep(c *fiber.Ctx, action string, p registration.Preset, d design) error {
	store, ctx := s.deps.Presets, c.UserContext()
	switch action {
	case "use":
		all, _, err := s.presets(c)
		if err != nil {
			return err
		}
		// What is used must not go by the name of something else.
		if slices.ContainsFunc(all, func(other registration.Preset) bool { return other.Name == p.Name && other.Data != p.Data }) {
			p.Name += changedMark
		}
		if err := store.ChoosePreset(ctx, p); err != nil {
			return err
		}
		return seeOther(c, consolePath+"?said=used")
	case "delete":
		if err := store.DeletePreset(ctx, p.Name); err != nil {
			return err
		}
		return seeOther(c, consolePath+"?said=deleted")
	}
	err := store.KeepPreset(ctx, p)
	if errors.Is(err, registration.ErrTooManyPresets) {
		d.wrong = "There are 50 presets already. Delete one that you no longer need, and save again."
		return s.renderConsole(c, fiber.StatusConflict, d)
	}
	if err != nil {
		return err
	}
	return seeOther(c, consolePath+"?said=saved&preset="+queryEscape(p.Name))
}

// consoleImport reads JSON, or the same in Base64, whose line breaks do not matter.
func (s *Server) consoleImport(c *fiber.Ctx) error {
	typed := strings.TrimSpace(formValue(c, "import"))
	text := []byte(typed)
	if !strings.HasPrefix(typed, "{") {
		var err error
		if text, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(typed), "")); err != nil || len(text) == 0 {
			return s.refuseImport(c, typed, "This is neither a JSON object nor standard Base64 of one. Paste a session’s data as your backend sends it.")
		}
	}
	config, problems, _ := enrolment.Check(text)
	if len(problems) > 0 {
		var words []string
		for _, p := range problems {
			words = append(words, p.Error())
		}
		return s.refuseImport(c, typed, "Nothing was imported: "+strings.Join(words, "; ")+".")
	}
	return s.renderConsole(c, fiber.StatusOK, design{name: "Imported", text: config.JSON(),
		said: "Imported. Nothing is saved yet, and the demo goes on with what it used before."})
}

// refuseImport goes on with the form as it was.
func (s *Server) refuseImport(c *fiber.Ctx, typed, why string) error {
	form := readDesign(c)
	return s.renderConsole(c, fiber.StatusUnprocessableEntity, design{name: formValue(c, "name"), text: form.json(), imported: typed, wrong: why})
}

func (s *Server) renderConsole(c *fiber.Ctx, status int, d design) error {
	all, chosen, err := s.presets(c)
	if err != nil {
		return err
	}
	page := consoleView(d)
	page.Chosen = chosen.Name
	shipped := len(enrolment.Presets())
	for i, p := range all {
		page.Presets = append(page.Presets, views.ConsolePreset{Name: p.Name, Href: consolePath + "?preset=" + queryEscape(p.Name), Own: i >= shipped, Used: p == chosen})
		page.Own = page.Own || i >= shipped && p.Name == d.name
	}
	page.Next = s.consoleNext(chosen.Data)
	page.Docs, page.Timeline = s.deps.Docs, s.deps.Timeline != nil
	return s.render(c, status, views.Console(page))
}
