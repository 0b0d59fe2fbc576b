package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// lighthouseVersion needs Node.js 20 at most; newer ones need a newer one.
const lighthouseVersion = "lighthouse@12.8.2"

// lighthouseRuns are of each page. The points for performance hang on what else the machine does: they are told, as the middle of
// them, and not demanded.
const lighthouseRuns = 5

// audited is a page with what it may load at most, on an empty cache.
type audited struct {
	name, path string
	requests   int
	kilobytes  int // on the wire, with headers
}

// The limits leave little above what is loaded today, so that a library or a picture more is noticed. Most of the follow-up is the
// document's pictures, as the provider has them.
var auditedPages = []audited{
	{"form", "/register", 5, 26},
	{"code", "/register/verify", 10, 45},
	{"follow-up", "/register/review", 12, 250},
	{"integrate", "/integrate", 9, 60},
}

// report is what is read of Lighthouse's.
type report struct {
	FinalDisplayedURL string `json:"finalDisplayedUrl"`
	RuntimeError      struct{ Code, Message string }
	Categories        map[string]struct {
		Score     *float64
		AuditRefs []struct {
			ID     string
			Weight float64
		}
	}
	Audits map[string]struct {
		Title, Description string
		Score              *float64
		Details            struct{ Items json.RawMessage } // of each audit's own form
	}
}

// item is a row of an audit that lists what it found or saw.
type item struct {
	URL          string
	TransferSize int
	Node         struct{ Snippet, Explanation string }
	Description  string
}

// items are the rows of an audit; none for one that lists something else.
func (r report) items(audit string) []item {
	var rows []item
	if json.Unmarshal(r.Audits[audit].Details.Items, &rows) != nil {
		return nil
	}
	return rows
}

// TestLighthouse is `make lighthouse`: Google's judge of pages looks at the pages of a registration in progress, as a phone on a slow
// network gets them. Everything for accessibility and for good practice must be right each time.
func TestLighthouse(t *testing.T) {
	if os.Getenv("BATON_LIGHTHOUSE") == "" {
		t.Skip("`make lighthouse` looks at the pages")
	}
	folder, err := exec.CommandContext(t.Context(), "../../.ci/npm", lighthouseVersion).Output()
	if err != nil {
		t.Fatal("Lighthouse cannot be fetched by npm: ", err)
	}
	lighthouse := filepath.Join(strings.TrimSpace(string(folder)), ".bin", "lighthouse")
	address, _ := startDemo(t, "--addr", "127.0.0.1:0")

	// One registration waits for a phone, and one for its person's word after it.
	waiting := newBrowser(t, "the one with the code")
	register(waiting, address, "Ana Specimen")
	verified := newBrowser(t, "the one with the result")
	register(verified, address, "Ana Specimen")
	phone := verified.second("phone")
	phone.open(fastLink(address, verified.readQR()))
	if end := walkPhone(phone, nil); end != "completed" {
		t.Fatalf("the phone ended with %q\n%s", end, phone.dump())
	}
	verified.seeID("review")
	headers := map[string]string{"/register/verify": waiting.cookieFile(address), "/register/review": verified.cookieFile(address)}
	// Their own tabs would go on watching, and use the machine that is measured.
	for _, tab := range []*tab{waiting, verified, phone} {
		tab.open("about:blank")
	}

	var table strings.Builder
	columns := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(columns, "page\taccessibility\tbest practices\tperformance (median of %d)\trequests (most)\tKB (most)\t\n", lighthouseRuns)
	for _, page := range auditedPages {
		var performance []int
		lowest := map[string]int{"accessibility": 100, "best-practices": 100}
		var requests, bytes int
		for range lighthouseRuns {
			found := judge(t, lighthouse, address+page.path, headers[page.path])
			performance = append(performance, found.points("performance"))
			for category := range lowest {
				lowest[category] = min(lowest[category], found.points(category))
				for _, line := range found.lost(category) {
					t.Errorf("%s: %s: %s", page.name, category, line)
				}
			}
			n, sum, listed := found.traffic()
			if n > page.requests || sum > page.kilobytes<<10 {
				t.Errorf("%s loads %d bytes in %d requests; it may load %d KB in %d:\n%s", page.name, sum, n, page.kilobytes, page.requests, listed)
			}
			requests, bytes = max(requests, n), max(bytes, sum)
		}
		slices.Sort(performance)
		fmt.Fprintf(columns, "%s\t%d\t%d\t%d\t%d (%d)\t%.1f (%d)\t\n", page.name, lowest["accessibility"], lowest["best-practices"],
			performance[len(performance)/2], requests, page.requests, float64(bytes)/1024, page.kilobytes)
	}
	_ = columns.Flush() // into memory
	fmt.Println(table.String())
}

// cookieFile writes what the tab's browser would send to the address, as Lighthouse takes it: a command line is no place for it.
func (b *tab) cookieFile(address string) string {
	b.t.Helper()
	jar, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	if err != nil {
		b.t.Fatal(err)
	}
	var cookies []string
	for _, cookie := range jar.Cookies {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	text, err := json.Marshal(map[string]string{"Cookie": strings.Join(cookies, "; ")})
	if err != nil {
		b.t.Fatal(err)
	}
	file := filepath.Join(b.t.TempDir(), "headers.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return file
}

// judge runs Lighthouse once, with a Chromium of its own that ends with it.
func judge(t *testing.T, lighthouse, url, headers string) report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	file := filepath.Join(t.TempDir(), "report.json")
	args := []string{url, "--quiet", "--output=json", "--output-path=" + file, "--only-categories=accessibility,best-practices,performance",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu"}
	if headers != "" {
		args = append(args, "--extra-headers="+headers)
	}
	command := exec.CommandContext(ctx, lighthouse, args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // it then ends its browser
	command.WaitDelay = 10 * time.Second
	if chromium, err := exec.LookPath("chromium"); err == nil {
		command.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	}
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("Lighthouse at %s: %v\n%s", url, err, said)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found report
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatalf("Lighthouse's report: %v", err)
	}
	if found.RuntimeError.Code != "" || found.FinalDisplayedURL != url {
		t.Fatalf("Lighthouse looked at %s in place of %s: %s %s", found.FinalDisplayedURL, url, found.RuntimeError.Code, found.RuntimeError.Message)
	}
	return found
}

// points are from 0 to 100; -1 is of a category that could not be judged.
func (r report) points(category string) int {
	score := r.Categories[category].Score
	if score == nil {
		return -1
	}
	return int(*score*100 + 0.5)
}

// lost says what cost points of a category, or that it has none.
func (r report) lost(category string) []string {
	points := r.points(category)
	if points == 100 {
		return nil
	}
	lines := []string{strconv.Itoa(points) + " of 100"}
	for _, ref := range r.Categories[category].AuditRefs {
		one := r.Audits[ref.ID]
		if ref.Weight == 0 || one.Score == nil || *one.Score == 1 {
			continue
		}
		line := ref.ID + ": " + one.Title
		for _, item := range r.items(ref.ID) {
			line += "\n\t" + strings.Join(strings.Fields(item.Node.Snippet+" "+item.Node.Explanation+" "+item.Description+" "+item.URL), " ")
		}
		lines = append(lines, line)
	}
	return lines
}

// traffic is what the page loaded, but for its channel.
func (r report) traffic() (requests, bytes int, listed string) {
	for _, item := range r.items("network-requests") {
		if !strings.HasPrefix(item.URL, "http") {
			continue
		}
		requests, bytes = requests+1, bytes+item.TransferSize
		listed += fmt.Sprintf("\t%7d %s\n", item.TransferSize, item.URL)
	}
	return requests, bytes, listed
}
