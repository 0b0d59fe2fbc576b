package timeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Names stand between these two in a Text. What comes from outside cannot have them: clean takes them out.
const (
	nameBegins = "\uE00E"
	nameEnds   = "\uE00F"
)

// Text is what somebody said, with names in the place of secrets.
type Text string

// Piece is a part of a text: as it was said, or a secret, whose name it then has.
type Piece struct {
	Text   string // the secret's own only where it was asked for
	Secret string // its name, such as QR_CODE_TEXT
}

// Secrets are what names stand for. They are asked for on purpose and shown to presenters only.
type Secrets map[string]string

// Pieces parts a text. With secrets, those that are known have their own text; else they have "$" and their name.
func (t Text) Pieces(known Secrets) []Piece {
	var pieces []Piece
	rest := string(t)
	for {
		before, after, found := strings.Cut(rest, nameBegins)
		if before != "" {
			pieces = append(pieces, Piece{Text: before})
		}
		if !found {
			return pieces
		}
		var name string
		name, rest, _ = strings.Cut(after, nameEnds)
		shown, ok := known[name]
		if !ok {
			shown = "$" + name
		}
		pieces = append(pieces, Piece{Text: shown, Secret: name})
	}
}

// With is the text with the secrets that are known; String is With of none.
func (t Text) With(known Secrets) string {
	var b strings.Builder
	for _, piece := range t.Pieces(known) {
		b.WriteString(piece.Text)
	}
	return b.String()
}

func (t Text) String() string { return t.With(nil) }

// Hides reports whether there is a secret in it.
func (t Text) Hides() bool { return strings.Contains(string(t), nameBegins) }

// cut returns at most limit bytes of a text, and no half of a name or of a character.
func (t Text) cut(limit int) (Text, bool) {
	if len(t) <= limit {
		return t, false
	}
	kept := strings.ToValidUTF8(string(t[:limit]), "")
	if i := strings.LastIndex(kept, nameBegins); i > strings.LastIndex(kept, nameEnds) {
		kept = kept[:i]
	}
	return Text(kept), true
}

// Limits of what is kept of a session's secrets.
const (
	maxSecrets   = 64
	maxSecret    = 64 << 10 // bytes of one
	shortestFind = 8        // bytes of a secret that is looked for where nothing says that one stands there
)

// vault is a session's secrets by name.
type vault struct {
	names  map[string]string // by value; by kind and value where it is too short to be looked for
	values Secrets
	size   int
	found  *strings.Replacer // of all names; nil once there is another
}

// name returns what stands in a text in the place of value. The same value has the same name everywhere.
func (v *vault) name(kind, value string) string {
	if value == "" {
		return ""
	}
	key := value
	if len(value) < shortestFind {
		key = kind + nameEnds + value
	}
	name, known := v.names[key]
	if !known {
		name = kind
		for n := 2; v.taken(name); n++ {
			name = kind + "_" + strconv.Itoa(n)
		}
		if len(v.values) >= maxSecrets || len(value) > maxSecret {
			return nameBegins + kind + "_NOT_KEPT" + nameEnds
		}
		if v.names == nil {
			v.names, v.values = map[string]string{}, Secrets{}
		}
		v.names[key], v.values[name], v.found = name, value, nil
		v.size += len(value)
	}
	return nameBegins + name + nameEnds
}

func (v *vault) taken(name string) bool {
	_, taken := v.values[name]
	return taken
}

// finder replaces every known secret, the longest first, so that none is left in half.
func (v *vault) finder() *strings.Replacer {
	if v.found != nil {
		return v.found
	}
	values := make([]string, 0, len(v.names))
	for value := range v.names {
		if !strings.Contains(value, nameEnds) {
			values = append(values, value)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	var pairs []string
	for _, value := range values {
		pairs = append(pairs, value, nameBegins+v.names[value]+nameEnds)
	}
	v.found = strings.NewReplacer(pairs...)
	return v.found
}
