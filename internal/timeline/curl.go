package timeline

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// curlHeaders are those that make a difference to the answer; curl has its own of the others.
var curlHeaders = []string{
	"Authorization", "Baton-Device", "Content-Type", "Accept", "Accept-Language", "Last-Event-Id", "Uq-Session-Id", "Cookie", "Sec-Fetch-Site",
}

var curlMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions}

// CurlLine writes a call as a command to paste into a shell, and why there is none where it cannot be one. Secrets that are
// not known stay variables, such as "$QR_CODE_TEXT".
func CurlLine(e Entry, known Secrets) (line string, why string) {
	switch {
	case e.Kind != Call:
		return "", "no call"
	case e.Status == http.StatusSwitchingProtocols:
		return "", "curl speaks no WebSocket to a page; GET /api/v1/session/events is the same without one"
	case !slices.Contains(curlMethods, e.Method):
		return "", "a method of its own"
	case !strings.HasPrefix(e.Origin, "http://") && !strings.HasPrefix(e.Origin, "https://"):
		return "", "no address"
	case !e.Request.Whole:
		return "", "the request's body was not kept whole"
	}
	words := []string{"curl", "--globoff", "--path-as-is", "--include"}
	if e.Method == http.MethodHead {
		words = append(words, "--head")
	} else if e.Method != http.MethodGet || e.Request.Body != "" {
		words = append(words, "--request", e.Method)
	}
	for _, h := range e.Request.Headers {
		if slices.Contains(curlHeaders, http.CanonicalHeaderKey(h.Name)) {
			words = append(words, "--header", quote(Text(h.Name+": ")+h.Value, known))
		}
	}
	if e.Request.Body != "" {
		words = append(words, "--data-raw", quote(e.Request.Body, known))
	}
	return strings.Join(append(words, quote(Text(e.Origin)+e.Path, known)), " "), ""
}

// quote makes one word for a shell of whatever there is in a text. A name of a secret becomes that variable.
func quote(t Text, known Secrets) string {
	var b strings.Builder
	for _, piece := range t.Pieces(known) {
		if _, isKnown := known[piece.Secret]; piece.Secret != "" && !isKnown {
			b.WriteString(`"` + piece.Text + `"`) // "$NAME": names are of capitals, digits and _
			continue
		}
		b.WriteString(`'` + strings.ReplaceAll(piece.Text, `'`, `'\''`) + `'`)
	}
	if b.Len() == 0 {
		return "''"
	}
	return b.String()
}

// Curl writes a session's calls as a script, one command a line; what is no call is a remark. The variables that the commands
// need stand before them, with the secrets that are known, else empty.
func Curl(s Session, known Secrets) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Session %s, as it was seen from %s on.\n", s.ID, s.Began.UTC().Format("2006-01-02 15:04:05 UTC"))
	used := map[string]bool{}
	var lines []string
	for _, step := range Steps(s.Entries) {
		if step.IsAnswer {
			continue
		}
		remark := fmt.Sprintf("# %s → %s  %s", step.From, step.To, step.Label(s.ID))
		line, why := CurlLine(step.Entry, nil)
		if step.Kind == Call {
			if remark += fmt.Sprintf("  %d", step.Status); why != "" {
				remark += "  (" + why + ")"
			}
		}
		lines = append(lines, "", oneLine(remark))
		if line == "" {
			continue
		}
		lines = append(lines, line)
		for _, t := range append(textsOf(step.Entry), step.Path) {
			for _, piece := range t.Pieces(nil) {
				if piece.Secret != "" {
					used[piece.Secret] = true
				}
			}
		}
	}
	if len(used) > 0 {
		b.WriteString("# The secrets that the commands below need:\n")
	}
	for _, name := range slices.Sorted(maps.Keys(used)) {
		value := ""
		if secret, ok := known[name]; ok {
			value = secret
		}
		fmt.Fprintf(&b, "%s='%s'\n", name, strings.ReplaceAll(value, `'`, `'\''`))
	}
	b.WriteString(strings.Join(lines, "\n") + "\n")
	return b.String()
}

// textsOf are those of a request that its command repeats.
func textsOf(e Entry) []Text {
	texts := []Text{e.Request.Body}
	for _, h := range e.Request.Headers {
		if slices.Contains(curlHeaders, http.CanonicalHeaderKey(h.Name)) {
			texts = append(texts, h.Value)
		}
	}
	return texts
}

// oneLine keeps a remark from ending early and a command from beginning in it.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return ' '
		}
		return r
	}, text)
}
