// Package views draws the pages. It takes plain structs and knows nothing of the domain; the edge fills them.
//
// Pages carry neither inline scripts nor style attributes, so that the strictest content policy holds, and work
// without scripts. Browser tests find things by these data-testid attributes, which are stable:
//
//	everywhere    step-indicator (data-step), brand, language
//	home          start, miniature
//	form          form, field-name, field-email, field-country, field-consent, error-<field>, error-summary, notice, offer, fill, continue
//	verification  verify (data-state = ready, opened, confirm, claimed, checking, failed, cancelled, expired or unavailable), verify-status,
//	              qr, countdown, copy-link, copy-text, open-phone, on-my-phone, cancel, opened, confirm, confirm-number, wrong-number,
//	              another-code, second-phone, second-phone-not-me, second-phone-me, claimed, steps,
//	              step-<SERVICE> (data-state = todo, current, done or skipped), banner, finished, reason, request-id,
//	              renew, retry, change-details, notice
//	review        review, typed-<field>, verified-name-<n>, document-<n>, portrait-<n>, front-<n>, back-<n>, selfie-<n>, difference-<n>, check-<key>
//	              (data-meaning = done, attention or wrong), complete, refused, detail
//	done          done, number, stored, stored-name, typed-<field>, start-over
//	documentation contents, call-<id>, frame-<name>, error-<CODE>
//	console       designer, presets, chosen, notice, wrong, designed-<n>, add, import, do-import, name, use, save, check, delete, outcome, sound,
//	              problem, warning, words, copy-json, copy-base64
//	timeline      timeline (data-session), session, sessions, nothing, filter, exports, curl-secrets, dropped, rows, entry, detail, reveal, hide
//	brand         brand-form, brand-now, notice, wrong, field-<field>, pick-<colour>, logo, no-logo, use, check, back, outcome, sound, problem, take-<field>, notes,
//	              preview, brand-light, brand-dark
//	errors        error, no-cookie, start
package views

import (
	"strconv"
	"time"
)

// Page is what stands around a page's content.
type Page struct {
	Title   string
	Step    int      // 1 to 4 in the step indicator; 0 for none
	Refresh string   // when and where a browser without scripts goes by itself, as http-equiv=refresh has it; empty for never
	Modules []string // names of the scripts in package static that the page runs
	Wide    bool     // the content is wider than the reading column

	Form   string // id of the form whose values a change of the language must not lose; empty for none
	Script string // the words of the page's script, of scriptWords
}

// stepNames are the steps of a registration, as the indicator shows them.
func (w *Words) stepNames() []string {
	return []string{w.Layout.Details, w.Layout.Verify, w.Layout.Review, w.Layout.Finish}
}

// lastStep is done as soon as it is come to.
const lastStep = 4

func stepState(step, current int) string {
	switch {
	case step < current || current == lastStep:
		return "done"
	case step == current:
		return "current"
	}
	return "todo"
}

// QR is a code as package qr makes it.
type QR struct {
	Modules int    // length of a side, quiet zone included
	Path    string // of every dark module
}

// qrBox is the room for a code in CSS pixels. The card around it is 320 wide.
const qrBox = 288

// Size is the picture's side in CSS pixels: a whole number for each module, since readers fail on others, and no
// larger than the room there is, unless a code has more modules than that.
func (q QR) Size() int { return max(1, qrBox/max(1, q.Modules)) * q.Modules }

func (q QR) viewBox() string {
	side := strconv.Itoa(q.Modules)
	return "0 0 " + side + " " + side
}

// minutes shows a duration as "9:41".
func minutes(d time.Duration) string {
	seconds := max(0, int(d/time.Second))
	text := strconv.Itoa(seconds/60) + ":"
	if seconds%60 < 10 {
		text += "0"
	}
	return text + strconv.Itoa(seconds%60)
}
