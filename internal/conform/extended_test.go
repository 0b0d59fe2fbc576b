package conform_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"baton/internal/conform"
	"baton/internal/handoff"
	"baton/web"
	"baton/web/webtest"
)

// slowExtended are the checks that wait for what changes slowly.
var slowExtended = []string{"rotate.stale", "watch.expired"}

// extended is a real server that lets any page in, and a bearer.
func extended(t *testing.T, options ...webtest.Option) (server *webtest.Server, bearer string) {
	t.Helper()
	server = webtest.Start(t, append(options, webtest.With(func(d *web.Deps) { d.Origins = []string{"*"} }))...)
	return server, server.Token("conform")
}

func TestExtendedPassesTheRealServer(t *testing.T) {
	t.Parallel()
	server, bearer := extended(t)
	report, err := conform.Run(t.Context(), conform.Options{URL: server.URL, Bearer: bearer, Extended: true, Only: layer2()})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		want := conform.Passed
		if slices.Contains(slowExtended, r.ID) || r.ID == "session.expiry" || r.ID == "events.manual" {
			want = conform.NotChecked
		}
		if r.Outcome != want {
			t.Errorf("%s: %s (%s), want %s", r.ID, r.Outcome, r.Detail, want)
		}
	}
	if !report.Good() {
		t.Errorf("report: %+v", report.Summary)
	}
}

func TestEveryCheckHasAnIDOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range conform.Checks() {
		if c.ID == "" || seen[c.ID] || c.Name == "" || c.Layer != 1 && c.Layer != 2 {
			t.Errorf("the id %q of %q, layer %d, is empty or taken", c.ID, c.Name, c.Layer)
		}
		seen[c.ID] = true
	}
}

// layer2 lists the checks of layer 2, by id.
func layer2() []string {
	var ids []string
	for _, c := range conform.Checks() {
		if c.Layer == 2 {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func TestAServerOfLayer1IsToldApart(t *testing.T) {
	t.Parallel()
	report, err := conform.Run(t.Context(), conform.Options{URL: startReference(t, ""), Bearer: goodBearer, Extended: true, Only: []string{"create.id", "watch.live"}})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Layer1Only || report.Good() || report.Failed != 0 || report.Passed != 1 || len(report.Results) != 2 ||
		report.Results[0].Detail != "this server knows layer 1 only" {
		t.Errorf("report: %+v", report)
	}
}

func TestAStrictServerIsJudgedByWhatItAllows(t *testing.T) {
	t.Parallel()
	server, bearer := extended(t, webtest.With(func(d *web.Deps) { d.Policy = handoff.Policy{Strict: true} }))
	report, err := conform.Run(t.Context(), conform.Options{URL: server.URL, Bearer: bearer, Extended: true})
	if err != nil {
		t.Fatal(err)
	}
	if report.Policy == "" || report.Failed != 0 || report.Passed != 1 || !report.Good() {
		t.Errorf("report: %+v", report.Summary)
	}
	for _, r := range report.Results {
		if r.Outcome == conform.Passed && r.ID != "rotate.link" {
			t.Errorf("%s passed", r.ID)
		}
	}
}

// faults names, for each check of layer 2, what a server may get wrong that it must find.
var faults = map[string][]fault{
	"create.expiresAt":         {says(creation, "expiresAt", nil), adds(creation, "ttlSeconds", 60)},
	"create.ttl":               {ignores(creation, "ttlSeconds")},
	"create.ttl.short":         {ignores(creation, "ttlSeconds")},
	"create.ttl.long":          {ignores(creation, "ttlSeconds")},
	"create.ttl.type":          {ignores(creation, "ttlSeconds")},
	"create.reference":         {ignores(creation, "reference")},
	"create.reference.long":    {ignores(creation, "reference")},
	"create.steps":             {ignores(creation, "steps"), garbles("snapshot", "steps", []string{}), says("POST /open", "steps", nil)},
	"create.steps.unknown":     {ignores(creation, "steps")},
	"create.requester.type":    {ignores(creation, "requester")},
	"create.claim.unknown":     {ignores(creation, "claim")},
	"create.confirm.unknown":   {ignores(creation, "confirm")},
	"create.flags.type":        {ignores(creation, "separatePage", "rotate")},
	"create.origins.malformed": {ignores(creation, "origins")},
	"create.locale.malformed":  {ignores(creation, "locale")},
	"create.token.empty":       {ignores(creation, "token")},
	"create.pageToken":         {says(creation, "pageToken", nil), ignores(creation, "confirm")},
	"once.device":              {ignores(creation, "claim"), ignoresHeader("Baton-Device"), oneDevice},
	"once.open-binds":          {ignores(creation, "claim"), ignoresHeader("Baton-Device")},
	"once.no-device":           {ignores(creation, "claim")},
	"once.events":              {ignores(creation, "claim"), oneDevice},
	"once.notice":              {loses("notice", "second_claim")},
	"open.any-device":          {adds(creation, "claim", "once")},
	"device.malformed":         {ignoresHeader("Baton-Device")},
	"rotate.stale":             {ignores(creation, "rotate")},
	"watch.expired":            {ignores(creation, "ttlSeconds")},
	"separate.channel":         {ignores(creation, "separatePage"), closes(4503, 4504)},
	"separate.text":            {ignores(creation, "separatePage"), answers(picture, 403, 200)},
	"separate.claim":           {answers("GET /api/v1/session", 404, 200), answers("GET /api/v1/session", 200, 403)},
	"separate.delete":          {pretends("DELETE /api/v1/session", 204)},
	"confirm.first":            {ignores(creation, "confirm")},
	"confirm.prompt":           {answers("POST /confirm", 204, 200), pretends("POST /confirm", 204)},
	"confirm.one-phone":        {oneDevice},
	"confirm.number":           {loses("notice", "confirm"), garbles("notice", "number", nil), loses("status", "claimed")},
	"confirm.number.unopened":  {pretends("POST /confirm", 204)},
	"confirm.number.wrong":     {loses("notice", "confirm_failed"), pretends("POST /confirm", 204), garbles("status", "reason", nil)},
	"rotate.bare":              {ignores(creation, "rotate")},
	"rotate.picture":           {answers(picture, 200, 403)},
	"rotate.link":              {answers("POST /link", 200, 403), says("POST /link", "link", "https://elsewhere.example/go#A"), oneDevice},
	"open":                     {says("POST /open", "requester", map[string]any{"name": "Mallory"}), says("POST /open", "expiresAt", "later")},
	"open.notice":              {loses("notice", "opened")},
	"open.confirm":             {says("POST /open", "confirm", "none")},
	"open.unknown":             {answers("POST /open", 404, 200)},
	"open.no-credential":       {answers("POST /open", 401, 200)},
	"report":                   {pretends("POST /report", 204), loses("notice", "not_me")},
	"report.ended":             {answers("POST /report", 204, 409)},
	"report.reason":            {pretends("POST /report", 204)},
	"trace.complete":           {loses("service", "FACE"), pretends("POST /events", 200)},
	"trace.skip":               {loses("notice", "skipped"), garbles("notice", "reason", nil)},
	"trace.finish":             {loses("status", "completed")},
	"trace.failure":            {garbles("status", "reason", "OTHER")},
	"trace.detail":             {{name: "tells of details", request: relayDetails}},
	"event.skipped":            {loses("notice", "skipped")},
	"event.reason":             {garbles("status", "reason", nil)},
	"event.key.ended":          {ignores("POST /events", "key")},
	"event.other-session":      {ignores("POST /events", "sessionId")},
	"status":                   {says("GET /status", "services", nil), says("GET /status", "claimedAt", "2026-01-01T00:00:00Z"), says("GET /status", "seq", 1)},
	"status.no-bearer":         {answers("GET /status", 401, 200)},
	"status.unknown":           {answers("GET /status", 404, 200)},
	"watch.snapshot":           {loses("type", "snapshot"), garbles("snapshot", "services", nil), garbles("snapshot", "seq", 0), garbles("snapshot", "expiresAt", "soon")},
	"watch.live":               {closes(1000, 4509), garbles("event", "seq", 1), garbles("event", "at", nil), garbles("status", "sessionId", "x"), loses("status", "claimed")},
	"watch.late":               {loses("service", "SCAN"), loses("type", "notice")},
	"watch.after":              {{name: "ignores after", first: ignoreAfter}, loses("service", "FACE")},
	"watch.failed":             {closes(1000, 4509), loses("status", "cancelled")},
	"watch.deleted":            {loses("status", "deleted"), closes(4504, 1000)},
	"watch.unknown":            {closes(4504, 4500)},
	"watch.malformed":          {closes(4500, 4504)},
	"watch.layer1-silent":      {{name: "tells layer 2 to all", first: everyoneLayer2}},
	"stream":                   {{name: "numbers events otherwise", id: func(string) string { return "1" }}, loses("status", "completed")},
	"stream.live":              {loses("service", "SCAN")},
	"stream.resume":            {ignoresHeader("Last-Event-ID")},
	"stream.headers":           {header("Cache-Control", ""), header("X-Accel-Buffering", "")},
	"stream.unknown":           {answers("GET /events", 404, 200), answers("GET /events", 401, 200)},
	"poll":                     {forgets("after"), says("GET /events", "status", "claimed"), says("GET /events", "seq", 1)},
	"poll.wait":                {forgets("wait")},
	"poll.empty":               {forgets("wait"), header("Cache-Control", "")},
	"picture":                  {forgets("link"), onlyAt(picture, header("Content-Type", "text/plain"))},
	"picture.page":             {answers(picture, 200, 403)},
	"picture.refused":          {answers(picture, 404, 200), answers(picture, 401, 200)},
	"link":                     {says("POST /link", "link", "https://elsewhere.example/go#A")},
	"delete.header":            {pretends("DELETE /api/v1/session", 204)},
	"cors.preflight":           {header("Access-Control-Allow-Headers", "Authorization"), header("Access-Control-Allow-Origin", ""), header("Access-Control-Allow-Credentials", "true")},
	"origins":                  {ignoresHeader("Origin"), ignores(creation, "origins"), closes(4503, 1000)},
	"limit.shape":              {header("Retry-After", ""), answers("GET /events", 429, 503)},
}

func relayDetails(q *http.Request, body map[string]any) {
	if body["event"] == "VIEW" {
		clear(body)
		body["service"] = "SCAN"
	}
}

func ignoreAfter(first []byte) []byte {
	var members map[string]any
	if json.Unmarshal(first, &members) != nil {
		return first
	}
	delete(members, "after")
	first, _ = json.Marshal(members)
	return first
}

func everyoneLayer2(first []byte) []byte {
	if first[0] == '{' {
		return first
	}
	return []byte(`{"qrCodeText":"` + string(first) + `"}`)
}

func TestExtendedFindsEveryFault(t *testing.T) {
	t.Parallel()
	server, bearer := extended(t)
	for _, id := range layer2() {
		if len(faults[id]) == 0 {
			t.Errorf("no fault is known that %q finds", id)
		}
	}
	for id, found := range faults {
		if !slices.Contains(layer2(), id) {
			t.Errorf("%q is no check", id)
		}
		for _, f := range found {
			t.Run(id+" finds a server that "+f.name, func(t *testing.T) {
				t.Parallel()
				result := runByID(t, conform.Options{URL: startFault(t, server.URL, f), Bearer: bearer, Slow: slices.Contains(slowExtended, id), Patience: 400 * time.Millisecond}, id)
				if result.Outcome != conform.Failed || result.Detail == "" {
					t.Errorf("%s (%s), want a failure that says why", result.Outcome, result.Detail)
				}
				if strings.Contains(result.Detail, bearer[:16]) {
					t.Errorf("the failure shows the bearer: %s", result.Detail)
				}
			})
		}
	}
}

func runByID(t *testing.T, o conform.Options, id string) conform.Result {
	t.Helper()
	o.Extended, o.Only = true, []string{id}
	report, err := conform.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no result for %q", id)
	return conform.Result{}
}
