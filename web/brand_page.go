package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/brand"
	"baton/internal/colour"
	"baton/views"
)

const brandPath = "/console/brand"

// registerBrandRoutes serves the brand's files to every browser, and its form to the presenter.
func (s *Server) registerBrandRoutes(app *fiber.App) {
	if s.deps.Brand == nil {
		return
	}
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead} {
		app.Add(method, brand.Prefix+":name", s.brandFile)
	}
	if s.deps.Presets == nil {
		return // no console
	}
	guards := []fiber.Handler{s.presenters, s.keepOrigin, s.protectForms, s.forms}
	app.Add(fiber.MethodGet, brandPath, append(slices.Clone(guards), s.brandForm)...)
	app.Add(fiber.MethodPost, brandPath, append(guards, s.brandDo)...)
}

// brandView is whose the pages are now.
func (s *Server) brandView() views.Brand {
	if s.deps.Brand == nil {
		return views.Brand{}
	}
	now := s.deps.Brand.Now()
	return views.Brand{Name: now.Name, NameArabic: now.NameArabic, Style: now.Style, Logo: now.Picture, Icon: now.Icon, IconType: now.IconType}
}

// brandFile serves a stylesheet or a picture. An SVG can be anybody's program: the pages show it in an <img>, where none
// runs, and here its own address gets a policy under which none runs either.
func (s *Server) brandFile(c *fiber.Ctx) error {
	file, ok := s.deps.Brand.Lookup(string(c.Request().URI().Path()))
	if !ok {
		return fiber.ErrNotFound
	}
	if file.Type == brand.TypeSVG {
		c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	}
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderContentType, file.Type)
	return c.Send(file.Body)
}

// brandSaid are what the page can be asked to say once.
var brandSaid = map[string]string{
	"used": "brand-used",
	"back": "brand-back",
}

func (s *Server) brandForm(c *fiber.Ctx) error {
	now := s.deps.Brand.Now()
	page := views.BrandPage{Name: now.Name, NameArabic: now.NameArabic, Light: now.Light, Dark: now.Dark,
		LogoPath: now.Picture, Preview: now.Preview, Said: brandSaid[query(c, "said")]}
	return s.renderBrand(c, fiber.StatusOK, page, now.Brand)
}

// brandDo does what one of the form's buttons says. Only "use" and "back" change what the pages wear.
func (s *Server) brandDo(c *fiber.Ctx) error {
	if len(c.Request().Body()) > bodyLimit {
		now := s.deps.Brand.Now()
		return s.renderBrand(c, fiber.StatusRequestEntityTooLarge, views.BrandPage{
			Name: now.Name, NameArabic: now.NameArabic, Light: now.Light, Dark: now.Dark, LogoPath: now.Picture, Preview: now.Preview,
			Wrong: "brand-too-large",
		}, now.Brand)
	}
	fields, files, err := sentForm(c)
	if err != nil {
		return err
	}
	if asked := views.Language(fields["language"]); views.Speaks(asked) {
		s.keepLanguage(c, asked)
	}
	action := strings.Fields(fields["do"])
	if slices.Equal(action, []string{"back"}) {
		if err := s.deps.Brand.Drop(c.UserContext()); err != nil {
			return err
		}
		return seeOther(c, brandPath+"?said=back")
	}
	draft := brand.Draft{Name: fields["name"], NameArabic: fields["nameArabic"], Light: fields["light"], Dark: fields["dark"]}
	if len(action) == 3 && action[0] == "take" {
		if c, err := colour.Parse(action[2]); err == nil {
			draft = draft.Take("accent."+action[1], c.String())
		}
	}
	page := views.BrandPage{Name: draft.Name, NameArabic: draft.NameArabic, Light: draft.Light, Dark: draft.Dark}
	logo := files["logo"]
	if kept := fields["kept"]; len(logo) == 0 && kept != "" && fields["no-logo"] == "" {
		if there, ok := s.deps.Brand.Logo(kept); ok {
			logo, page.LogoPath = there.Data, kept
		} else {
			page.Problems = []views.BrandProblem{{Field: "logo", BrandRemark: views.BrandRemark{Code: "LOGO_GONE"}}}
		}
	}
	if sent, err := brand.ReadLogo(files["logo"]); err == nil {
		page.LogoPath = s.deps.Brand.Try(brand.Brand{Logo: sent}).Picture // it stays in the form, whatever else is wrong
	}
	draft.Logo = logo
	b, problems, notes := draft.Check()
	page.Notes = brandRemarks(notes)
	for _, p := range problems {
		page.Problems = append(page.Problems, views.BrandProblem{Field: strings.TrimPrefix(p.Field, "accent."), BrandRemark: views.BrandRemark{Code: p.Code, Values: p.Values}, Instead: p.Instead})
	}
	page.Preview = s.offeredPreview(draft, problems)
	using := slices.Equal(action, []string{"use"})
	switch {
	case len(page.Problems) > 0 && using:
		page.Wrong = "brand-mend-first"
		return s.renderBrand(c, fiber.StatusUnprocessableEntity, page, b)
	case len(page.Problems) > 0:
		return s.renderBrand(c, fiber.StatusOK, page, b)
	case using:
		if err := s.deps.Brand.Use(c.UserContext(), b); err != nil {
			return err
		}
		return seeOther(c, brandPath+"?said=used")
	}
	dress := s.deps.Brand.Try(b)
	page.Preview, page.LogoPath = dress.Preview, dress.Picture
	return s.renderBrand(c, fiber.StatusOK, page, b)
}

// offeredPreview is the preview of a draft with every colour that its problems offer, and empty where that mends it not.
func (s *Server) offeredPreview(draft brand.Draft, problems []brand.Problem) string {
	if len(problems) == 0 {
		return ""
	}
	for _, p := range problems {
		if p.Instead == "" {
			return ""
		}
		draft = draft.Take(p.Field, p.Instead)
	}
	b, left, _ := draft.Check()
	if len(left) > 0 {
		return ""
	}
	return s.deps.Brand.Try(b).Preview
}

func (s *Server) renderBrand(c *fiber.Ctx, status int, page views.BrandPage, b brand.Brand) error {
	now := s.deps.Brand.Now()
	base, fromFile := s.deps.Brand.Base()
	page.Current, page.File, page.MaxLogo, page.Docs = s.brandView(), fromFile, brand.MaxLogo>>10, s.deps.Docs
	page.Timeline = s.deps.Timeline != nil
	if now != base {
		page.Back = base.Name
	}
	page.Ratios = brandRemarks(b.Ratios())
	light, dark := brand.Defaults()
	page.LightIs, page.DarkIs = picked(page.Light, cmp.Or(b.Light, light)), picked(page.Dark, cmp.Or(b.Dark, dark))
	return s.render(c, status, views.BrandForm(page))
}

// picked is a colour that was typed, as a browser's picker takes it; otherwise where that is none, or none yet.
func picked(typed, otherwise string) string {
	if c, err := colour.Parse(strings.TrimSpace(typed)); err == nil {
		return c.String()
	}
	return otherwise
}

func brandRemarks(remarks []brand.Remark) []views.BrandRemark {
	var all []views.BrandRemark
	for _, r := range remarks {
		all = append(all, views.BrandRemark{Code: r.Code, Values: r.Values})
	}
	return all
}
