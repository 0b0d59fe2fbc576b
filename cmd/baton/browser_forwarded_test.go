package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBrowserStopsAForwardedCode plays the attack that this product is the textbook's example of. The attacker begins a
// registration and has somebody else scan its code: sent on as a picture, which the rotation makes worthless, and then
// live, where the victim is asked for a number that only the attacker's screen shows. What was tried stands in the
// audit.
func TestBrowserStopsAForwardedCode(t *testing.T) {
	t.Parallel()
	trail := filepath.Join(t.TempDir(), "audit.jsonl")
	address, stop := startDemo(t, "--confirm", "number", "--rotate", "--audit", trail)
	attacker, victim := newBrowser(t, "attacker's page"), newBrowser(t, "victim's phone")
	register(attacker, address, "Mallory Specimen")

	mailed := attacker.readQR()
	attacker.nextCode(attacker.nextCode(mailed))
	victim.open(fastLink(address, mailed))
	victim.seeEnd("stale")
	attacker.see(`[data-testid=verify][data-state=ready]`) // and learns nothing of it

	live := attacker.readQR()
	victim.open("about:blank")
	victim.open(fastLink(address, live))
	victim.seeID("phone-start")
	victim.click("phone-start")
	victim.seeID("phone-number")
	attacker.see(`[data-testid=verify][data-state=confirm]`)
	number := attacker.text(`[data-testid=confirm-number]`)
	if strings.Contains(victim.text("body"), number) {
		t.Error("the victim's phone shows the number")
	}
	for _, wrong := range wrongOnes(number) {
		victim.enter("phone-number", wrong)
		victim.click("phone-confirm")
		victim.eventually("an answer", `!document.querySelector("#phone").hasAttribute("data-busy")`)
	}
	victim.see(`[data-testid=phone-end][data-outcome=failed][data-reason=CONFIRMATION_FAILED]`)
	attacker.see(`[data-testid=verify][data-state=failed]`)
	wantWords(t, "the attacker is told", attacker.text(`[data-testid=reason]`), "The number entered on the phone was not the one on this page.")
	stop()

	content, err := os.ReadFile(trail)
	if err != nil {
		t.Fatal(err)
	}
	var happened []string
	for text := range strings.Lines(string(content)) {
		var line struct{ What, Reason, Session, Address, Agent string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if slices.Contains([]string{"code_stale", "opened", "confirm", "confirm_failed", "failed"}, line.What) {
			happened = append(happened, strings.TrimSpace(line.What+" "+line.Reason))
			if line.Session == "" || line.Address == "" || line.Agent != "Chrome" {
				t.Errorf("a line lacks who or what: %s", text)
			}
		}
	}
	want := []string{"code_stale", "opened", "confirm", "confirm_failed", "confirm_failed", "failed CONFIRMATION_FAILED"}
	if !slices.Equal(happened, want) {
		t.Errorf("the audit tells of %q, want %q", happened, want)
	}
	for _, link := range []string{mailed, live} {
		if _, text, _ := strings.Cut(link, "#"); strings.Contains(string(content), text[:32]) {
			t.Error("the audit holds the ticket")
		}
	}
}
