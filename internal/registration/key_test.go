package registration_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"baton/internal/registration"
)

func TestKeyIsNeverPrinted(t *testing.T) {
	key := registration.NewKey()
	held := struct {
		Key    registration.Key
		hidden registration.Key
	}{key, key}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%p", "%o"} {
		if text := fmt.Sprintf(verb+" "+verb, key, held); strings.Contains(text, key.Reveal()) {
			t.Errorf("%s prints the key", verb)
		}
	}
	if text, err := json.Marshal(held); err != nil || strings.Contains(string(text), key.Reveal()) {
		t.Errorf("JSON has the key (%v)", err)
	}
}

func TestKeyIsItsText(t *testing.T) {
	key := registration.NewKey()
	parsed, ok := registration.ParseKey(key.Reveal())
	if !ok || parsed != key || parsed.Digest() != key.Digest() {
		t.Error("a key's text does not give the key back")
	}
	var none registration.Key
	if !none.IsZero() || none.Reveal() != "" || key.IsZero() {
		t.Error("only the zero key is zero")
	}
	if _, ok := registration.ParseKey("short"); ok {
		t.Error("a text that cannot be a key was taken for one")
	}
}
