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

// consoleSaid are what the page can be asked to say once.
var consoleSaid = []string{"used", "saved", "deleted", "outcome"}

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
				wrong: &views.ConsoleRefusal{Code: "preset-gone"}})
		}
		shown = all[k]
	}
	d := design{name: shown.Name, text: decoded(shown.Data)}
	if asked := query(c, "said"); slices.Contains(consoleSaid, asked) {
		d.said = asked
	}
	return s.renderConsole(c, fiber.StatusOK, d)
}

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
	said     string // a code, as the views have it
	wrong    *views.ConsoleRefusal
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
	d := design{name: views.PresetNamed(formValue(c, "name")), text: form.json(), imported: formValue(c, "import")}
	if asked := views.Language(formValue(c, "language")); views.Speaks(asked) {
		s.keepLanguage(c, asked)
		return s.renderConsole(c, fiber.StatusOK, d)
	}
	config, problems, _ := enrolment.Check(d.text)
	switch action {
	case "use", "save", "delete":
		d.imported = ""
		name, ok := registration.CleanPresetName(d.name)
		switch {
		case !ok:
			d.wrong = &views.ConsoleRefusal{Code: "name-missing"}
		case action != "delete" && len(problems) > 0:
			d.wrong = &views.ConsoleRefusal{Code: "mend-first"}
		case action != "use" && slices.ContainsFunc(enrolment.Presets(), func(p enrolment.Preset) bool { return p.Name == name }):
			d.wrong = &views.ConsoleRefusal{Code: "shipped-name"}
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
			p.Name = views.ChangedPreset(p.Name)
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
		d.wrong = &views.ConsoleRefusal{Code: "too-many"}
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
			return s.refuseImport(c, typed, views.ConsoleRefusal{Code: "not-data"})
		}
	}
	config, problems, _ := enrolment.Check(text)
	if len(problems) > 0 {
		return s.refuseImport(c, typed, views.ConsoleRefusal{Code: "nothing-imported", Findings: findings(problems)})
	}
	return s.renderConsole(c, fiber.StatusOK, design{name: wordsFor(c).Designer.Imported, text: config.JSON(), said: "imported"})
}

// refuseImport goes on with the form as it was.
func (s *Server) refuseImport(c *fiber.Ctx, typed string, why views.ConsoleRefusal) error {
	form := readDesign(c)
	return s.renderConsole(c, fiber.StatusUnprocessableEntity, design{name: views.PresetNamed(formValue(c, "name")), text: form.json(), imported: typed, wrong: &why})
}

func (s *Server) renderConsole(c *fiber.Ctx, status int, d design) error {
	all, chosen, err := s.presets(c)
	if err != nil {
		return err
	}
	page := consoleView(d, wordsFor(c))
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
