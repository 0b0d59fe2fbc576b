package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// tabTimeout bounds a whole browser test; a step that does not come fails well before it.
const (
	tabTimeout  = 6 * time.Minute
	stepTimeout = time.Minute
)

// chromium is one browser for all browser tests that run at a time: the first starts it, the last one ends it.
var chromium struct {
	mu    sync.Mutex
	tests int
	ctx   context.Context
	stop  func()
}

// useChromium returns the browser's context and keeps the browser until the test's end.
func useChromium(t *testing.T) context.Context {
	t.Helper()
	chromium.mu.Lock()
	defer chromium.mu.Unlock()
	if chromium.tests == 0 {
		if err := startChromium(); err != nil {
			if os.Getenv("CI") == "" {
				t.Skip("no Chromium here (`make test` installs it): ", err)
			}
			t.Fatal("Chromium does not start: ", err)
		}
	}
	chromium.tests++
	t.Cleanup(func() {
		chromium.mu.Lock()
		defer chromium.mu.Unlock()
		if chromium.tests--; chromium.tests == 0 {
			chromium.stop()
		}
	})
	return chromium.ctx
}

func startChromium() error {
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-quic", true),
	)
	ctx, end := chromedp.NewContext(allocator)
	chromium.ctx, chromium.stop = ctx, func() { end(); endAllocator() }
	err := chromedp.Do(ctx)
	if err != nil {
		chromium.stop()
	}
	return err
}

// tab is one tab of the test browser. Every method fails the test if what it waits for does not come.
type tab struct {
	t    *testing.T
	ctx  context.Context
	name string

	mu       sync.Mutex
	requests []string // URLs, in order
	problems []string // exceptions, console errors and violations of the content security policy
	bytes    int64
}

// newBrowser opens a tab in a browser profile of its own: no cookie of another test.
func newBrowser(t *testing.T, name string) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(useChromium(t), chromedp.WithNewBrowserContext())
	return openTab(t, name, ctx, end)
}

// second opens another tab in the same profile.
func (b *tab) second(name string) *tab {
	b.t.Helper()
	ctx, end := chromedp.NewContext(b.ctx)
	return openTab(b.t, name, ctx, end)
}

func openTab(t *testing.T, name string, ctx context.Context, end func()) *tab {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, tabTimeout)
	b := &tab{t: t, ctx: ctx, name: name}
	t.Cleanup(func() { cancel(); end() })
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, audits.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, event.Request.URL)
	case *network.EventLoadingFinished:
		b.bytes += int64(event.EncodedDataLength)
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, fmt.Sprint("exception: ", event.ExceptionDetails.Text, event.ExceptionDetails.Exception))
	case *audits.EventIssueAdded:
		if event.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			b.problems = append(b.problems, fmt.Sprintf("content security policy: %+v", event.Issue.Details.ContentSecurityPolicyIssueDetails))
		}
	}
}

// withoutCache makes the tab load everything itself.
func (b *tab) withoutCache() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		b.t.Fatal(err)
	}
}

// traffic returns the addresses asked for, and the bytes that came back for them with their headers.
func (b *tab) traffic() (requests []string, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests), b.bytes
}

// noProblems fails the test for exceptions and violations of the content security policy.
func (b *tab) noProblems() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, problem := range b.problems {
		b.t.Errorf("%s: %s", b.name, problem)
	}
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %s: %v\n%s", b.name, what, err, b.dump())
	}
}

func (b *tab) open(url string) { b.t.Helper(); b.do("open "+url, chromedp.Navigate(url)) }

func byTestID(id string) chromedp.CSS { return chromedp.CSS(`[data-testid="` + id + `"]`) }

func (b *tab) click(testID string) {
	b.t.Helper()
	b.do("click "+testID, chromedp.Click(byTestID(testID), chromedp.NodeVisible))
}

func (b *tab) see(selector string) {
	b.t.Helper()
	b.do("see "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

func (b *tab) seeID(testID string) { b.t.Helper(); b.see(`[data-testid="` + testID + `"]`) }

func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, `document.querySelector(`+strconv.Quote(selector)+`)?.innerText ?? ""`)
}

// eventually waits until a JavaScript expression is true.
func (b *tab) eventually(what, expression string) {
	b.t.Helper()
	b.within(stepTimeout, what, expression)
}

// within is eventually for what takes longer, or less.
func (b *tab) within(limit time.Duration, what, expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("%s: never came: %s\n%s", b.name, what, b.dump())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: evaluate %s: %v", b.name, expression, err)
	}
	return value
}

// dump says where the tab stands, for a failure.
func (b *tab) dump() string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 5*time.Second)
	defer cancel()
	state, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + "\n" + document.body.innerText.slice(0, 1500)`))
	b.mu.Lock()
	defer b.mu.Unlock()
	return state + "\n" + strings.Join(b.problems, "\n")
}

// readQR reads the code from the page's own pixels. A page that is still being drawn may move between the question where the code
// stands and the picture of that place; then there is no code in it, and it looks again.
func (b *tab) readQR() string {
	b.t.Helper()
	// By its place and not by its node, which the page may put another in the place of between the question and the picture.
	b.seeID("qr")
	for deadline := time.Now().Add(stepTimeout); ; {
		text, err := readPicture(b.pixels(`document.querySelector("[data-testid=qr]")`, 0))
		if err == nil {
			return text
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: the page's code does not decode: %v", b.name, err)
		}
	}
}

func readPicture(png []byte) (string, error) {
	decoded, _, err := image.Decode(bytes.NewReader(png))
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(decoded)
	if err != nil {
		return "", err
	}
	// The reader's search for a code in a photograph misses some 6 in 1,000 sound ones; nothing is to be searched for here.
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return "", err
	}
	return result.GetText(), nil
}

// nextCode waits until the page shows another code than this one. It compares what is read, not the modules: where two
// masks suit a code equally well either may be drawn, so one code can have two pictures.
func (b *tab) nextCode(code string) string {
	b.t.Helper()
	const modules = `document.querySelector("[data-testid=qr] path").getAttribute("d")`
	for {
		before, err := json.Marshal(eval[string](b, modules))
		if err != nil {
			b.t.Fatal(err)
		}
		if next := b.readQR(); next != code {
			return next
		}
		b.within(2*stepTimeout, "a change of the picture", modules+` !== `+string(before))
	}
}

// shoot keeps a picture of the page at both widths, light and dark, in the folder that BATON_SHOTS names, if it does.
func (b *tab) shoot(name string) {
	b.t.Helper()
	folder := os.Getenv("BATON_SHOTS")
	if folder == "" {
		return
	}
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			height := int64(844)
			if width == 1280 {
				height = 900
			}
			if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height)); err != nil {
				b.t.Fatal(err)
			}
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"}, // or colours would be caught on their way
			}}
			if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
				b.t.Fatal(err)
			}
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				b.t.Fatal(err)
			}
			path := filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
			if err := os.WriteFile(path, picture, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}
