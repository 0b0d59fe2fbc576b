package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	uuidV4      = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)
	unreserved  = regexp.MustCompile(`^[A-Za-z0-9._~-]{16,512}$`) // RFC 3986: needs no escaping in a path
	batonTicket = regexp.MustCompile(`^[A-Z2-7]{32}$`)
)

var creationChecks = []check{
	{id: "create", name: "creation answers 200 with sessionId, qrCodeText, qrCodeTextWithDynamicLink", run: func(ctx context.Context, s *server) error {
		_, err := s.createPlain(ctx)
		return err
	}},
	{id: "create.id", name: "sessionId is a UUID v4", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err == nil && !uuidV4.MatchString(made.id) {
			err = fmt.Errorf("expected a UUID v4, got %q", cut(made.id))
		}
		return err
	}},
	{id: "create.text", name: "qrCodeText needs no escaping in a URL's path", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err == nil && !unreserved.MatchString(made.text) {
			err = fmt.Errorf("expected 16 to 512 letters, digits and any of - . _ ~, got %d bytes with others among them, or too few", len(made.text))
		}
		return err
	}},
	{id: "create.link", name: "qrCodeTextWithDynamicLink is a link that carries qrCodeText", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		link, err := url.Parse(made.link)
		switch {
		case err != nil || link.Scheme == "" || (link.Host == "" && link.Opaque == "" && link.Path == ""):
			return errors.New("expected an absolute link, got something else")
		case !strings.Contains(made.link, made.text):
			return errors.New("expected the link to hold qrCodeText, it does not")
		}
		return nil
	}},
	{id: "create.unique", name: "two creations share neither sessionId nor qrCodeText", run: func(ctx context.Context, s *server) error {
		first, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		second, err := s.createPlain(ctx)
		switch {
		case err != nil:
			return err
		case first.id == second.id:
			return errors.New("expected two ids, got one twice")
		case first.text == second.text:
			return errors.New("expected two texts, got one twice")
		}
		return nil
	}},
	{id: "create.link-fragment", name: "the link keeps qrCodeText in its fragment, out of every log", extra: true, run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		if _, fragment, _ := strings.Cut(made.link, "#"); fragment != made.text {
			return errors.New("this server's link carries it elsewhere")
		}
		return nil
	}},
	{id: "create.text-base32", name: "qrCodeText is 160 bits in Base32 (a small QR code)", extra: true, run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err == nil && !batonTicket.MatchString(made.text) {
			err = errors.New("this server's texts have another form")
		}
		return err
	}},
	{id: "create.no-bearer", name: "creation without a bearer is 401", run: func(ctx context.Context, s *server) error {
		return s.wantUnauthorized(ctx, "")
	}},
	{id: "create.wrong-bearer", name: "creation with a wrong bearer is 401", run: func(ctx context.Context, s *server) error {
		return s.wantUnauthorized(ctx, "Bearer wrong."+strings.Repeat("x", 20)+".bearer")
	}},
	{id: "create.scheme", name: "creation with another scheme than Bearer is 401", run: func(ctx context.Context, s *server) error {
		return s.wantUnauthorized(ctx, "Basic c2FuZGJveDpzYW5kYm94")
	}},
	{id: "create.long-bearer", name: "a bearer of 8 KiB is judged, not refused for its length", run: func(ctx context.Context, s *server) error {
		return s.wantUnauthorized(ctx, "Bearer "+strings.Repeat("x", 8<<10))
	}},
}

func (s *server) wantUnauthorized(ctx context.Context, authorization string) error {
	header := jsonHeader("")
	if authorization != "" {
		header.Set("Authorization", authorization)
	}
	a, err := s.post(ctx, header, `{"data":"conform"}`)
	if err != nil {
		return err
	}
	return a.wantChallenge()
}

// wantChallenge wants a credential to be asked for.
func (a answer) wantChallenge() error {
	if err := a.wantError(http.StatusUnauthorized, "UNAUTHORIZED"); err != nil {
		return err
	}
	if a.header.Get("WWW-Authenticate") == "" {
		return errors.New("expected the header WWW-Authenticate, got none")
	}
	return nil
}

// refusal is a body that must be refused.
func refusal(id, name, body string, status int, code string) check {
	return check{id: id, name: name, run: func(ctx context.Context, s *server) error {
		a, err := s.post(ctx, jsonHeader(s.bearer), body)
		if err != nil {
			return err
		}
		return a.wantError(status, code)
	}}
}

// acceptance is a body, with its media type, that must be taken, and the data that the claim then gives.
func acceptance(id, name, media, body, data string) check {
	return check{id: id, name: name, run: func(ctx context.Context, s *server) error {
		header := jsonHeader(s.bearer)
		header.Set("Content-Type", media)
		a, err := s.post(ctx, header, body)
		if err != nil {
			return err
		}
		made, err := a.created()
		if err != nil {
			return err
		}
		claimed, err := s.claim(ctx, made.text)
		if err != nil {
			return err
		}
		return claimed.wantClaim(made.id, data)
	}}
}

func dataBody(data string) string {
	body, err := json.Marshal(map[string]string{"data": data})
	if err != nil {
		panic("conform: a string does not marshal: " + err.Error()) // cannot happen
	}
	return string(body)
}

const (
	maxData      = 16 << 10
	invalidInput = "INVALID_INPUT"
	tooLarge     = "PAYLOAD_TOO_LARGE"
)

var bodyChecks = []check{
	refusal("body.not-json", "a body that is not JSON is 400", `data=conform`, 400, invalidInput),
	refusal("body.empty", "an empty body is 400", ``, 400, invalidInput),
	refusal("body.array", "a body that is a JSON array is 400", `[{"data":"conform"}]`, 400, invalidInput),
	refusal("body.trailing", "a body with something after its object is 400", `{"data":"conform"}{"data":"again"}`, 400, invalidInput),
	refusal("body.broken", "a body that breaks off is 400", `{"data":"conform"`, 400, invalidInput),
	refusal("body.utf8", "invalid UTF-8 is 400", "{\"data\":\"\xff\xfe\"}", 400, invalidInput),
	refusal("body.surrogate", "a lone surrogate is 400", `{"data":"\ud800"}`, 400, invalidInput),
	refusal("data.missing", "data missing is 400", `{}`, 400, invalidInput),
	refusal("data.null", "data null is 400", `{"data":null}`, 400, invalidInput),
	refusal("data.number", "data a number is 400", `{"data":7}`, 400, invalidInput),
	refusal("data.object", "data an object is 400", `{"data":{}}`, 400, invalidInput),
	refusal("data.case", "a key in another case is not data: 400", `{"Data":"conform"}`, 400, invalidInput),
	refusal("data.too-long", "data of 16 KiB and one byte is 413", dataBody(strings.Repeat("a", maxData+1)), 413, tooLarge),
	refusal("data.counted-in-bytes", "data is counted in bytes, not characters: 413", dataBody(strings.Repeat("é", maxData/2)+"a"), 413, tooLarge),
	refusal("body.too-long", "a body of 300 KiB is 413", dataBody(strings.Repeat("a", 300<<10)), 413, tooLarge),
	refusal("token.too-long", "token over 8 KiB is 413", `{"data":"conform","token":"`+strings.Repeat("t", 8<<10+1)+`"}`, 413, tooLarge),
	refusal("token.type", "token that is no string is 400", `{"data":"conform","token":7}`, 400, invalidInput),
	acceptance("body.unknown-keys", "unknown keys are ignored", "application/json", `{"color":"blue","data":"conform","nested":{"data":"no"}}`, "conform"),
	acceptance("body.second-case", "a second key in another case changes nothing", "application/json", `{"data":"conform","DATA":"other"}`, "conform"),
	acceptance("body.media-parameters", "a media type with parameters is taken", "application/json; charset=utf-8", `{"data":"conform"}`, "conform"),
	wrongMedia("body.media-text", "the media type text/plain is 415", "text/plain"),
	wrongMedia("body.media-form", "the media type of a form is 415", "application/x-www-form-urlencoded"),
	wrongMedia("body.media-none", "no media type is 415", ""),
}

func wrongMedia(id, name, media string) check {
	return check{id: id, name: name, run: func(ctx context.Context, s *server) error {
		header := jsonHeader(s.bearer)
		header.Del("Content-Type")
		if media != "" {
			header.Set("Content-Type", media)
		}
		a, err := s.post(ctx, header, `{"data":"conform"}`)
		if err != nil {
			return err
		}
		return a.wantError(http.StatusUnsupportedMediaType, invalidInput)
	}}
}
