package conform_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"baton/internal/conform"

	"github.com/google/go-cmp/cmp"
)

const (
	slowCheck  = "a session ends at its 30th minute, and its channels close with 4504"
	phoneCheck = "an enrolment on a real phone reaches the page, up to INFO"
	firstCheck = "no first frame within 10 s closes with 4408"
)

func TestRunPassesAServerThatKeepsTheContract(t *testing.T) {
	t.Parallel()
	var told []conform.Result
	report, err := conform.Run(t.Context(), conform.Options{
		URL: startReference(t, ""), Bearer: goodBearer, Each: func(r conform.Result) { told = append(told, r) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		want := conform.Passed
		if r.Name == slowCheck || r.Name == phoneCheck {
			want = conform.NotChecked
		}
		if r.Outcome != want {
			t.Errorf("%s: %s (%s), want %s", r.Name, r.Outcome, r.Detail, want)
		}
	}
	if !report.Good() || report.Failed != 0 || report.Skipped != 2 || report.Passed != len(conform.Names())-2 {
		t.Errorf("report: %d passed, %d failed, %d not checked", report.Passed, report.Failed, report.Skipped)
	}
	if diff := cmp.Diff(report.Results, told); diff != "" {
		t.Errorf("Each was told something else (-report +told):\n%s", diff)
	}
}

// flaws names, for each check, a flaw of the reference server that it must find. A check that no flaw fails would
// guard nothing.
var flaws = map[string][]string{
	"creation answers 200 with sessionId, qrCodeText, qrCodeTextWithDynamicLink": {"creation without sessionId", "qrCodeText is a number", "creation fails"},
	"sessionId is a UUID v4":                                               {"id is no UUID v4"},
	"qrCodeText needs no escaping in a URL's path":                         {"text has odd characters"},
	"qrCodeTextWithDynamicLink is a link that carries qrCodeText":          {"link without the text"},
	"two creations share neither sessionId nor qrCodeText":                 {"texts are the same"},
	"creation without a bearer is 401":                                     {"needs no bearer", "no WWW-Authenticate", "error without requestId", "errors are text", "errors have another code"},
	"creation with a wrong bearer is 401":                                  {"any bearer will do"},
	"creation with another scheme than Bearer is 401":                      {"any scheme will do"},
	"a bearer of 8 KiB is judged, not refused for its length":              {"small header limit"},
	"a body that is not JSON is 400":                                       {"any body will do"},
	"an empty body is 400":                                                 {"any body will do"},
	"a body that is a JSON array is 400":                                   {"any body will do"},
	"a body with something after its object is 400":                        {"what follows is ignored"},
	"a body that breaks off is 400":                                        {"any body will do"},
	"invalid UTF-8 is 400":                                                 {"invalid UTF-8 is mended"},
	"a lone surrogate is 400":                                              {"lone surrogates are mended"},
	"data missing is 400":                                                  {"data may be missing"},
	"data null is 400":                                                     {"null is a string"},
	"data a number is 400":                                                 {"data of any type"},
	"data an object is 400":                                                {"data of any type"},
	"a key in another case is not data: 400":                               {"keys in any case"},
	"data of 16 KiB and one byte is 413":                                   {"no data limit"},
	"data is counted in bytes, not characters: 413":                        {"data counted in characters"},
	"a body of 300 KiB is 413":                                             {"no body limit"},
	"token over 8 KiB is 413":                                              {"no token limit"},
	"token that is no string is 400":                                       {"token of any type"},
	"unknown keys are ignored":                                             {"unknown keys are refused"},
	"a second key in another case changes nothing":                         {"keys in any case"},
	"a media type with parameters is taken":                                {"media type compared whole"},
	"the media type text/plain is 415":                                     {"any media type"},
	"the media type of a form is 415":                                      {"any media type"},
	"no media type is 415":                                                 {"no media type will do"},
	"claim by header returns sessionId, token, data":                       {"claim without token", "claim names another id"},
	"claim by path returns the same, without a credential":                 {"by path another token"},
	"claim may be repeated":                                                {"claims once"},
	"token is the bearer that created the session":                         {"token is invented"},
	"token is the body's where it names one":                               {"token of the body ignored"},
	"empty data comes back":                                                {"empty data is null"},
	"data of exactly 16 KiB comes back":                                    {"data is cut", "16 KiB is too much"},
	"data of 16 KiB in two-byte characters comes back":                     {"data is cut"},
	"data in many scripts, with emoji, comes back":                         {"data is normalised"},
	"data with quotes, markup and control characters comes back":           {"data is trimmed"},
	"data written with \\u escapes comes back":                             {"NUL is dropped"},
	"claim by header with a scheme word is 401":                            {"scheme word is stripped"},
	"claim without a credential is 401":                                    {"every error is 500"},
	"an unknown text by header is 404":                                     {"unknown is another's"},
	"an unknown text by path is 404":                                       {"unknown is another's"},
	"sessionId grants nothing: as a text it is 404":                        {"sessionId opens"},
	"DELETE is 204, and the text is unknown from then on":                  {"DELETE does nothing"},
	"DELETE of an unknown text is 404":                                     {"DELETE is always 204"},
	"DELETE leaves other sessions alone":                                   {"DELETE removes all"},
	"no such route is 404 NOT_FOUND":                                       {"unknown routes answer 200"},
	"a wrong method is 405":                                                {"any method will do"},
	"HEAD on the claim is 405":                                             {"HEAD claims"},
	"a plain GET on the channel is 426":                                    {"plain GET on the channel is 400"},
	"headers that are too large are 431":                                   {"no header limit"},
	"two errors have two request ids":                                      {"one request id for all"},
	"a channel opens with qrCodeText as its first frame, and waits":        {"no channel"},
	"a claim sends no frame to a page that knows only services":            {"a claim is told to everyone"},
	"an empty first frame closes with 4500":                                {"every close is 1000", "every close breaks off"},
	"a first frame of garbage closes with 4500 or 4504":                    {"every close is 1000", "unknown is another's"},
	"a binary first frame closes with 4500":                                {"binary will do"},
	"a first frame of 5 KiB closes with 1009":                              {"no read limit"},
	"an unknown text closes with 4504":                                     {"every close is 1000"},
	"a deleted session's text closes with 4504":                            {"DELETE does nothing"},
	"deletion closes open channels with 4504":                              {"channels outlive their session", "every close is 1000"},
	"32 pages may watch one session, the next closes with 4029":            {"33 pages", "31 pages"},
	"a page that leaves makes room for another":                            {"pages that left are counted"},
	"every service reaches the page, in order, with service and sessionId": {"frames without sessionId", "frames in lower case", "frames are binary", "no events API"},
	"a page that connects late gets every service from the first on":       {"no replay"},
	"a page that connects after INFO gets every service, INFO too":         {"INFO is not replayed"},
	"several pages of one session get the same":                            {"one page"},
	"a page hears of its own session only":                                 {"events go to every session"},
	"a service may repeat, and come in any order":                          {"repeats are dropped"},
	"the channel stays open after INFO":                                    {"closes after INFO"},
	"a session stays readable after INFO":                                  {"gone after INFO"},
	"nothing follows INFO: 409 SESSION_ENDED":                              {"events after the end"},
	"failed closes the channel with 4509, a late one too":                  {"failed stays open", "every close is 1000"},
	"cancelled closes the channel with 4509, a late one too":               {"failed stays open", "events after the end"},
	"the phone reports with qrCodeText, after its claim":                   {"events before the claim"},
	"an event with a key that is known is told once":                       {"keys are ignored"},
	"an event that is none is 400":                                         {"any event will do"},
	"an event without a bearer is 401":                                     {"events need no bearer"},
	firstCheck:                                                             {"waits one second for the first frame", "every close is 1000", "waits for ever for the first frame"},
}

func TestRunFindsEveryFlaw(t *testing.T) {
	t.Parallel()
	extras := []string{"the link keeps qrCodeText in its fragment, out of every log", "qrCodeText is 160 bits in Base32 (a small QR code)"}
	for _, name := range conform.Names() {
		if name == slowCheck || name == phoneCheck || slices.Contains(extras, name) { // tried below
			continue
		}
		if len(flaws[name]) == 0 {
			t.Errorf("no flaw is known that %q finds", name)
		}
	}
	for name, found := range flaws {
		if !slices.Contains(conform.Names(), name) {
			t.Errorf("%q is no check", name)
		}
		for _, flaw := range found {
			t.Run(flaw+" fails "+name, func(t *testing.T) {
				t.Parallel()
				result := runOne(t, conform.Options{URL: startReference(t, flaw), Bearer: goodBearer}, name)
				if result.Outcome != conform.Failed || result.Detail == "" {
					t.Errorf("%s (%s), want a failure that says why", result.Outcome, result.Detail)
				}
				if strings.Contains(result.Detail, goodBearer) {
					t.Errorf("the failure shows the bearer: %s", result.Detail)
				}
			})
		}
	}
}

func TestExtrasNeverFail(t *testing.T) {
	t.Parallel()
	for flaw, name := range map[string]string{
		"link in the query":       "the link keeps qrCodeText in its fragment, out of every log",
		"text is of another form": "qrCodeText is 160 bits in Base32 (a small QR code)",
	} {
		result := runOne(t, conform.Options{URL: startReference(t, flaw), Bearer: goodBearer}, name)
		if result.Outcome != conform.NotChecked || !result.Extra || result.Detail == "" {
			t.Errorf("%s: %+v, want it told and not failed", flaw, result)
		}
	}
}

func TestSlowWaitsForTheExpiry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, flaw string
		want       conform.Outcome
	}{
		{"at its time passes", "lifetime 3s", conform.Passed},
		{"too early fails", "lifetime 1500ms", conform.Failed},
		{"too late fails", "lifetime 4s", conform.Failed},
		{"never fails", "", conform.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			result := runOne(t, conform.Options{
				URL: startReference(t, c.flaw), Bearer: goodBearer, Slow: true, Lifetime: 3 * time.Second,
			}, slowCheck)
			if result.Outcome != c.want {
				t.Errorf("%s (%s), want %s", result.Outcome, result.Detail, c.want)
			}
		})
	}
}

func TestManualFollowsAnEnrolment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, flaw string
		services   []string
		askFor     time.Duration // only those wait for it to pass that end with it
		want       conform.Outcome
	}{
		{"a whole one passes", "", []string{"SCAN", "FACE", "INFO"}, 0, conform.Passed},
		{"nobody there is not checked", "", nil, 200 * time.Millisecond, conform.NotChecked},
		{"one that breaks off fails", "", []string{"SCAN"}, 15 * time.Second, conform.Failed},
		{"a page that comes late and misses it fails", "no replay", []string{"SCAN", "INFO"}, 0, conform.Failed},
		{"a channel that closes after INFO fails", "closes after INFO", []string{"SCAN", "INFO"}, 0, conform.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address := startReference(t, c.flaw)
			result := runOne(t, conform.Options{
				URL: address, Bearer: goodBearer, Events: conform.EventsManual, AskFor: c.askFor,
				Ask: func(text, _ string) { go enrol(t.Context(), address, text, c.services) },
			}, phoneCheck)
			if result.Outcome != c.want {
				t.Errorf("%s (%s), want %s", result.Outcome, result.Detail, c.want)
			}
		})
	}
}

// enrol plays a phone: it claims and reports.
func enrol(ctx context.Context, address, text string, services []string) {
	send := func(method, path, body string) {
		request, err := http.NewRequestWithContext(ctx, method, address+path, strings.NewReader(body))
		if err != nil {
			return
		}
		request.Header.Set("Authorization", text)
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	}
	send(http.MethodGet, "/api/v1/session", "")
	for _, service := range services {
		send(http.MethodPost, "/api/v1/session/events", `{"service":"`+service+`"}`)
	}
}

func TestManualLeavesTheEventsAPIAlone(t *testing.T) {
	t.Parallel()
	report, err := conform.Run(t.Context(), conform.Options{
		URL: startReference(t, "no events API"), Bearer: goodBearer, Events: conform.EventsManual, Patience: 2 * time.Second,
		Only: []string{"service", "INFO", "cancelled", "event"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Outcome == conform.Failed {
			t.Errorf("%s failed: %s", r.Name, r.Detail)
		}
	}
}

func TestAStrictServerIsReportedAndNotJudged(t *testing.T) {
	t.Parallel()
	report, err := conform.Run(t.Context(), conform.Options{URL: startReference(t, "strict"), Bearer: goodBearer})
	if err != nil {
		t.Fatal(err)
	}
	if report.Policy == "" || report.Failed != 0 || len(report.Results) != 1 || report.Good() ||
		!strings.Contains(report.Results[0].Detail, "layer 1 refused by policy") {
		t.Errorf("report: %+v", report)
	}
}

func TestRunSaysWhatKeepsItFromBeginning(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + listener.Addr().String()
	listener.Close()
	for _, c := range []struct {
		name string
		o    conform.Options
		want string
	}{
		{"no address", conform.Options{Bearer: "b"}, "URL such as"},
		{"another scheme", conform.Options{URL: "ftp://baton.example", Bearer: "b"}, "URL such as"},
		{"no bearer", conform.Options{URL: nobody}, "bearer"},
		{"nobody there", conform.Options{URL: nobody, Bearer: "b"}, "no server answers"},
		{"no such check", conform.Options{URL: startReference(t, ""), Bearer: goodBearer, Only: []string{"lunch"}}, "no check is named"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := conform.Run(t.Context(), c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
	t.Run("the end of the context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := conform.Run(ctx, conform.Options{URL: startReference(t, ""), Bearer: goodBearer, Each: func(conform.Result) { cancel() }})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want the context's", err)
		}
	})
}

func runOne(t *testing.T, o conform.Options, name string) conform.Result {
	t.Helper()
	o.Only, o.Patience = []string{name}, 2*time.Second
	report, err := conform.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no result for %q", name)
	return conform.Result{}
}
