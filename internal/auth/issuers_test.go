package auth_test

import (
	"errors"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/auth"
)

func TestSeveralIssuers(t *testing.T) {
	c := newClock()
	bank, shop := newIssuer(t, public("a", rsaKey.Public())), newIssuer(t, public("a", otherKey.Public()))
	open := func(t *testing.T) *auth.Verifier {
		t.Helper()
		verifier, err := auth.New(
			auth.Config{Issuer: bank.URL, Audience: "baton", Now: c.Now},
			auth.Config{Issuer: "urn:shop", JWKSURL: shop.URL + "/keys", Clients: []string{"till"}},
		)
		if err != nil {
			t.Fatal(err)
		}
		return verifier
	}
	ofBank := func(changed map[string]any) string {
		changed["iss"] = bank.URL
		return sign(t, jose.RS256, rsaKey, "a", claims(c, changed))
	}
	ofShop := func(changed map[string]any) string {
		changed["iss"] = "urn:shop"
		return sign(t, jose.RS256, otherKey, "a", claims(c, changed))
	}

	t.Run("EachByItsOwnKeysAndRules", func(t *testing.T) {
		verifier := open(t)
		for range 2 {
			for token, tenant := range map[string]string{
				ofBank(map[string]any{"client_id": "till"}):             bank.URL + "|till",
				ofBank(map[string]any{"client_id": "any"}):              bank.URL + "|any",
				ofShop(map[string]any{"client_id": "till", "aud": "x"}): "urn:shop|till",
			} {
				if caller, err := verifier.Verify(t.Context(), token); err != nil || caller != (auth.Caller{Tenant: tenant}) {
					t.Errorf("caller %+v, error %v; want tenant %s", caller, err, tenant)
				}
			}
		}
	})

	for name, token := range map[string]string{
		"ATokenByAnotherIssuersKey":    sign(t, jose.RS256, otherKey, "a", claims(c, map[string]any{"iss": bank.URL})),
		"TheOtherIssuersAudienceRule":  ofBank(map[string]any{"client_id": "till", "aud": "x"}),
		"TheOtherIssuersListOfClients": ofShop(map[string]any{"client_id": "any"}),
	} {
		t.Run("Refused"+name, func(t *testing.T) {
			if caller, err := open(t).Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("caller %+v, error %v; want ErrInvalid", caller, err)
			}
		})
	}

	t.Run("AnUnknownIssuerCallsNobody", func(t *testing.T) {
		verifier := open(t)
		before := [2]int{}
		before[0], before[1] = bank.counted()
		shopBefore, _ := shop.counted()
		for _, name := range []any{"https://evil.example", bank.URL + "/", "", nil} {
			token := sign(t, jose.RS256, rsaKey, "new", claims(c, map[string]any{"iss": name}))
			if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("%v: %v, want ErrInvalid", name, err)
			}
		}
		fetches, discoveries := bank.counted()
		if shopAfter, _ := shop.counted(); [2]int{fetches, discoveries} != before || shopAfter != shopBefore {
			t.Error("somebody was asked")
		}
	})

	t.Run("OneThatIsDownStopsNoOther", func(t *testing.T) {
		verifier := open(t)
		shop.Close()
		if _, err := verifier.Verify(t.Context(), ofShop(map[string]any{"client_id": "till"})); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		if _, err := verifier.Verify(t.Context(), ofBank(map[string]any{})); err != nil {
			t.Error(err)
		}
	})
}
