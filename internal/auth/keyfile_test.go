package auth_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/auth"
)

func writeKeys(t testing.TB, path string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// openKeys writes a key file and opens it.
func openKeys(t testing.TB, lines ...string) (keys *auth.KeyFile, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keys")
	writeKeys(t, path, lines...)
	keys, err := auth.OpenKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return keys, path
}

func TestAPIKeys(t *testing.T) {
	shop, shopNext, bank, nobody := auth.NewAPIKey(), auth.NewAPIKey(), auth.NewAPIKey(), auth.NewAPIKey()
	keys, _ := openKeys(t, "\uFEFF# keys of the tills", "", shop.Line("shop")+"\r", "  "+shopNext.Line("shop")+"  # from May on", bank.Line("bank-2.x_"))

	for name, test := range map[string]struct {
		key    auth.APIKey
		tenant string
	}{
		"ByItsName":       {shop, "key|shop"},
		"BesideAnOldOne":  {shopNext, "key|shop"},
		"OfAnotherTenant": {bank, "key|bank-2.x_"},
	} {
		t.Run("Accepted"+name, func(t *testing.T) {
			caller, err := keys.Verify(t.Context(), test.key.Reveal())
			if want := (auth.Caller{Tenant: test.tenant, Key: true}); err != nil || caller != want {
				t.Errorf("caller %+v, error %v; want %+v", caller, err, want)
			}
		})
	}

	text, flipped := shop.Reveal(), "a"
	if text[20:21] == flipped {
		flipped = "b"
	}
	for name, bearer := range map[string]string{
		"Unknown":          nobody.Reveal(),
		"Empty":            "",
		"PrefixOnly":       "bk_",
		"Cut":              text[:len(text)-1],
		"Longer":           text + "a",
		"InAnotherCase":    strings.ToUpper(text),
		"WithALineEnd":     text + "\n",
		"LineEndInPlace":   text[:len(text)-1] + "\n",
		"LineEndsInPlace":  text[:len(text)-8] + "\n\n\n\n\n\n\n\n",
		"LineEndsOnly":     "bk_" + strings.Repeat("\n", 40),
		"ItsHash":          strings.TrimPrefix(shop.Line(""), ":sha256:"),
		"ItsLine":          shop.Line("shop"),
		"OneLetterChanged": text[:20] + flipped + text[21:],
	} {
		t.Run("Refused"+name, func(t *testing.T) {
			caller, err := keys.Verify(t.Context(), bearer)
			if !errors.Is(err, auth.ErrInvalid) || caller != (auth.Caller{}) {
				t.Fatalf("caller %+v, error %v; want ErrInvalid", caller, err)
			}
			if len(bearer) > 3 && strings.Contains(err.Error(), bearer) {
				t.Errorf("the error repeats the bearer: %v", err)
			}
		})
	}

	t.Run("RefusedOneWithAWrongChecksumThoughItsHashStandsInTheFile", func(t *testing.T) {
		mistyped := text[:20] + flipped + text[21:]
		keys, _ := openKeys(t, fmt.Sprintf("shop:sha256:%x", sha256.Sum256([]byte(mistyped))), shop.Line("shop"))
		if _, err := keys.Verify(t.Context(), mistyped); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
		if _, err := keys.Verify(t.Context(), text); err != nil {
			t.Error(err)
		}
	})

	t.Run("NoneIsDrawnTwiceOrShownByPrinting", func(t *testing.T) {
		drawn := map[string]bool{}
		for range 100 {
			key := auth.NewAPIKey()
			if drawn[key.Reveal()] || len(key.Reveal()) != 43 || !strings.HasPrefix(key.Reveal(), "bk_") {
				t.Fatal("a key is not 43 letters of its own")
			}
			drawn[key.Reveal()] = true
			around := struct{ key auth.APIKey }{key}
			var log strings.Builder
			slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", key, "around", around)
			for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s %q %d %x", key, key, key, key, key, key, key), fmt.Sprintf("%v %+v %#v", around, around, around), log.String(), key.Line("shop")} {
				if strings.Contains(shown, key.Reveal()) || strings.Contains(shown, fmt.Sprintf("%x", key.Reveal())) {
					t.Fatalf("%q shows the key", shown)
				}
			}
		}
	})
}

func TestOpenKeyFile(t *testing.T) {
	key, other := auth.NewAPIKey(), auth.NewAPIKey()
	for name, test := range map[string]struct {
		lines []string
		want  []string
	}{
		"Empty":        {nil, []string{"it holds no key"}},
		"CommentsOnly": {[]string{"# nothing", ""}, []string{"it holds no key"}},
		"EveryProblemWithItsLine": {
			[]string{
				"# keys", "shop", other.Line("shop"), ":sha256:ab", other.Line("-shop"), "bank:sha256:abcd", strings.ToUpper(other.Line("bank")),
				other.Line("bank"), "secret-word:hunter2", key.Reveal(), "shop:" + key.Reveal(), "# " + key.Reveal(), other.Line(strings.Repeat("a", 65)),
			},
			[]string{
				"line 2 does not end with sha256:",
				"line 4 does not begin with a name",
				"line 5 does not begin with a name",
				"line 6 does not end with sha256:",
				"line 7 does not end with sha256:",
				"line 8 repeats the key of line 3",
				"line 9 does not end with sha256:",
				"line 10 holds a key itself",
				"line 11 holds a key itself",
				"line 12 holds a key itself",
				"line 13 does not begin with a name",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys")
			writeKeys(t, path, test.lines...)
			keys, err := auth.OpenKeyFile(path)
			wrong, ok := errors.AsType[*auth.KeyFileError](err)
			if !ok || keys != nil {
				t.Fatalf("error %v, want a KeyFileError", err)
			}
			var got []string
			for i, problem := range wrong.Problems {
				if i < len(test.want) && strings.HasPrefix(problem, test.want[i]) {
					problem = test.want[i]
				}
				got = append(got, problem)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			for _, content := range []string{"hunter2", "secret-word", "abcd", key.Reveal(), "shop", path} {
				if strings.Contains(err.Error(), content) {
					t.Errorf("the error repeats %q: %v", content, err)
				}
			}
		})
	}

	t.Run("OneThatIsNotThere", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys")
		if _, err := auth.OpenKeyFile(path); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), path) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("OneThatIsAFolder", func(t *testing.T) {
		if _, err := auth.OpenKeyFile(t.TempDir()); err == nil {
			t.Error("a folder is no key file")
		}
	})
	t.Run("OneThatIsTooLarge", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys")
		writeKeys(t, path, key.Line("shop"), strings.Repeat("#", 1<<20))
		if _, err := auth.OpenKeyFile(path); err == nil || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("error %v", err)
		}
	})
}

func TestAKeyFileIsReadAgain(t *testing.T) {
	first, second := auth.NewAPIKey(), auth.NewAPIKey()
	const every, twoLooks = 10 * time.Second, 21 * time.Second
	watched := func(t *testing.T, body func(t *testing.T, path string, accepts func(auth.APIKey) bool, logged func() string)) {
		synctest.Test(t, func(t *testing.T) {
			keys, path := openKeys(t, first.Line("shop"), second.Line("shop"))
			var log strings.Builder
			var wait = make(chan struct{})
			go func() {
				defer close(wait)
				keys.Watch(t.Context(), every, slog.New(slog.NewTextHandler(&log, nil)))
			}()
			t.Cleanup(func() { <-wait })
			body(t, path, func(key auth.APIKey) bool {
				_, err := keys.Verify(t.Context(), key.Reveal())
				return err == nil
			}, func() string {
				synctest.Wait()
				return log.String()
			})
		})
	}

	t.Run("ARemovedKeyStopsWorkingAndANewOneWorksWithinAMinute", func(t *testing.T) {
		watched(t, func(t *testing.T, path string, accepts func(auth.APIKey) bool, logged func() string) {
			third := auth.NewAPIKey()
			writeKeys(t, path, second.Line("shop"), third.Line("bank"))
			time.Sleep(twoLooks)
			if log := logged(); accepts(first) || !accepts(second) || !accepts(third) || !strings.Contains(log, "keys=2") {
				t.Errorf("first %v, second %v, third %v; logged %s", accepts(first), accepts(second), accepts(third), log)
			}
		})
	})

	t.Run("OneWithoutAnyKeyLeavesNone", func(t *testing.T) {
		watched(t, func(t *testing.T, path string, accepts func(auth.APIKey) bool, logged func() string) {
			writeKeys(t, path)
			time.Sleep(twoLooks)
			if logged(); accepts(first) || accepts(second) {
				t.Error("keys of an empty file are accepted")
			}
		})
	})

	t.Run("WhatIsStillBeingWrittenIsNotTaken", func(t *testing.T) {
		watched(t, func(t *testing.T, path string, accepts func(auth.APIKey) bool, logged func() string) {
			time.Sleep(every - time.Second)
			for _, content := range [][]string{{}, {second.Line("shop")}, {second.Line("shop"), first.Line("shop"), ""}} {
				writeKeys(t, path, content...)
				time.Sleep(every)
				if logged(); !accepts(first) || !accepts(second) {
					t.Error("a part of the file was taken for the whole")
				}
			}
		})
	})

	for name, breakIt := range map[string]func(t *testing.T, path string){
		"IsBroken": func(t *testing.T, path string) { writeKeys(t, path, second.Line("shop"), "hunter2") },
		"IsGone": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run("TheKeysStayAndItIsLoggedOnceWhereTheFile"+name, func(t *testing.T) {
			watched(t, func(t *testing.T, path string, accepts func(auth.APIKey) bool, logged func() string) {
				breakIt(t, path)
				time.Sleep(10 * time.Minute)
				if log := logged(); !accepts(first) || !accepts(second) || strings.Count(log, "level=ERROR") != 1 ||
					strings.Contains(log, "hunter2") || strings.Contains(log, path) {
					t.Errorf("first %v, second %v; logged %s", accepts(first), accepts(second), log)
				}
				writeKeys(t, path, second.Line("shop"))
				time.Sleep(twoLooks)
				if logged(); accepts(first) || !accepts(second) {
					t.Errorf("mended: first %v, second %v", accepts(first), accepts(second))
				}
			})
		})
	}
}

func TestGate(t *testing.T) {
	c := newClock()
	key := auth.NewAPIKey()
	keys, _ := openKeys(t, key.Line("shop"))
	token := sign(t, "RS256", rsaKey, "rsa", claims(c, nil))
	tokens := static(t, c, nil)
	for name, test := range map[string]struct {
		gate       auth.Gate
		key, token bool
	}{
		"Both":       {auth.Gate{Keys: keys, Tokens: tokens}, true, true},
		"KeysOnly":   {auth.Gate{Keys: keys}, true, false},
		"TokensOnly": {auth.Gate{Tokens: tokens}, false, true},
		"Neither":    {auth.Gate{}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			for bearer, want := range map[string]struct {
				ok     bool
				caller auth.Caller
			}{
				key.Reveal(): {test.key, auth.Caller{Tenant: "key|shop", Key: true}},
				token:        {test.token, auth.Caller{Tenant: issuerName + "|bank"}},
				"":           {}, "neither": {},
			} {
				caller, err := test.gate.Verify(t.Context(), bearer)
				if want.ok != (err == nil) || want.ok && caller != want.caller || err != nil && !errors.Is(err, auth.ErrInvalid) {
					t.Errorf("caller %+v, error %v; want %+v", caller, err, want)
				}
			}
		})
	}
}

func BenchmarkVerifyAPIKey(b *testing.B) {
	var lines []string
	for n := range 100 {
		lines = append(lines, auth.NewAPIKey().Line(fmt.Sprint("shop", n)))
	}
	key := auth.NewAPIKey()
	keys, _ := openKeys(b, append(lines, key.Line("shop"))...)
	gate, text := auth.Gate{Keys: keys}, key.Reveal()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gate.Verify(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}
