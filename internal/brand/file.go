package brand

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const maxFile = 64 << 10 // bytes of a file that describes a brand

// ReadFile reads a brand from a file:
//
//	{"name": "Contoso Bank", "nameArabic": "…", "accent": {"light": "#0b6e4f", "dark": "#5fd3a6"}, "logo": "logo.svg"}
//
// Only the name is needed. accent may be one colour, and dark may be left out; the logo's path is meant from the file's
// folder. The error names everything that is wrong, each with the file's name and the line.
func ReadFile(name string) (b Brand, notes []string, err error) {
	text, err := readCapped(name, maxFile)
	if err != nil {
		return Brand{}, nil, err
	}
	draft, logo, at, err := readDraft(text)
	if err != nil {
		return Brand{}, nil, located(name, text, err)
	}
	var wrong []error
	if logo != "" {
		if !filepath.IsAbs(logo) {
			logo = filepath.Join(filepath.Dir(name), logo)
		}
		if draft.Logo, err = readCapped(logo, MaxLogo); err != nil {
			wrong = append(wrong, located(name, text, &misplaced{at[FieldLogo], "logo: " + err.Error()}))
		} else if len(draft.Logo) == 0 {
			wrong = append(wrong, located(name, text, &misplaced{at[FieldLogo], "logo: " + logo + " is empty"}))
		}
	}
	b, problems, remarks := draft.Check()
	for _, r := range remarks {
		notes = append(notes, r.Words)
	}
	for _, p := range problems {
		place, there := at[p.Field]
		if !there { // a part of something that is there, or of nothing
			place = at[strings.TrimSuffix(strings.TrimSuffix(p.Field, ".dark"), ".light")]
		}
		wrong = append(wrong, located(name, text, &misplaced{place, p.Field + ": " + p.Words}))
	}
	if len(wrong) > 0 {
		return Brand{}, nil, errors.Join(wrong...)
	}
	return b, notes, nil
}

// misplaced is what is wrong at a place of the file.
type misplaced struct {
	offset int64
	words  string
}

func (m *misplaced) Error() string { return m.words }

func located(name string, text []byte, err error) error {
	at := int64(0)
	if m, ok := errors.AsType[*misplaced](err); ok {
		at = min(max(m.offset, 0), int64(len(text)))
	}
	return fmt.Errorf("%s:%d: %w", name, 1+bytes.Count(text[:at], []byte("\n")), err)
}

// readDraft reads the members, and where each one's value ends.
func readDraft(text []byte) (d Draft, logo string, at map[string]int64, err error) {
	at = map[string]int64{}
	decoder := jsontext.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	fail := func(format string, args ...any) error {
		return &misplaced{decoder.InputOffset(), fmt.Sprintf(format, args...)}
	}
	next := func() (jsontext.Token, error) {
		token, err := decoder.ReadToken()
		if err == nil {
			return token, nil
		}
		if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
			return token, &misplaced{syntax.ByteOffset, "this is not valid JSON: " + syntax.Err.Error()}
		}
		return token, fail("this is not valid JSON: it ends too early")
	}
	fields := map[string]*string{
		FieldName: &d.Name, FieldNameArabic: &d.NameArabic, FieldLight: &d.Light, FieldDark: &d.Dark, FieldLogo: &logo,
	}
	var object func(within string) error
	object = func(within string) error {
		for {
			key, err := next()
			if err != nil || key.Kind() == '}' {
				return err
			}
			name := within + key.String()
			to, known := fields[name]
			if name == "accent" {
				to, known = &d.Light, true
			}
			if !known {
				return fail("%q is not known; there are name, nameArabic, accent (a colour, or light and dark) and logo", name)
			}
			value, err := next()
			if err != nil {
				return err
			}
			at[name] = decoder.InputOffset()
			switch {
			case value.Kind() == '"':
				*to = value.String()
			case value.Kind() == '{' && name == "accent":
				if err := object("accent."); err != nil {
					return err
				}
			default:
				return fail("%s takes a text in quotes", name)
			}
		}
	}
	first, err := next()
	if err == nil && first.Kind() != '{' {
		err = fail("this is not a JSON object, such as {\"name\": \"Contoso Bank\"}")
	}
	if err == nil {
		err = object("")
	}
	if err == nil {
		if _, after := decoder.ReadToken(); !errors.Is(after, io.EOF) {
			err = fail("something follows the JSON object")
		}
	}
	return d, logo, at, err
}

func readCapped(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", err)
	case int64(len(text)) > most:
		return nil, fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return text, nil
}
