package main

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// pixels is a picture of what stands around an element of the page, margin included, as a camera sees it.
func (b *tab) pixels(expression string, margin float64) []byte {
	b.t.Helper()
	box := eval[struct{ X, Y, Width, Height float64 }](b, `(({ x, y, width, height }) => ({ X: x + scrollX, Y: y + scrollY, Width: width, Height: height }))(`+expression+`.getBoundingClientRect())`)
	whole := func(v float64) float64 { return float64(int(v + 0.5)) }
	yes := true
	shot, err := chromedp.Call(b.ctx, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{Format: cdppage.CaptureScreenshotFormatPng, CaptureBeyondViewport: &yes, FromSurface: &yes,
		Clip: &cdppage.Viewport{X: whole(max(0, box.X-margin)), Y: whole(max(0, box.Y-margin)), Width: whole(box.Width + 2*margin), Height: whole(box.Height + 2*margin), Scale: 1}})
	if err != nil {
		b.t.Fatal(err)
	}
	return shot.Data
}

// readers are two that know nothing of each other. Each returns what it read, or nothing.
var readers = map[string]func(t *testing.T, picture []byte) string{
	"gozxing": func(t *testing.T, picture []byte) string {
		decoded, _, err := image.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(decoded)
		if err != nil {
			t.Fatal(err)
		}
		for _, hints := range []map[gozxing.DecodeHintType]any{{gozxing.DecodeHintType_TRY_HARDER: true}, {gozxing.DecodeHintType_PURE_BARCODE: true}} {
			if result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
				return result.GetText()
			}
		}
		return ""
	},
	"zbar": func(t *testing.T, picture []byte) string {
		name := filepath.Join(t.TempDir(), "code.png")
		if err := os.WriteFile(name, picture, 0o600); err != nil {
			t.Fatal(err)
		}
		read, _ := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", name).Output()
		return strings.TrimSpace(string(read))
	},
}

// seenAs is how a camera may see a code; the blur is of a quarter of a module.
var seenAs = map[string]func(module float64) string{
	"as it is":         func(float64) string { return "" },
	"blurred":          func(module float64) string { return fmt.Sprintf("filter: blur(%.2fpx);", module/4) },
	"turned by 15°":    func(float64) string { return "rotate: 15deg;" },
	"at 30 % contrast": func(float64) string { return "filter: contrast(30%);" },
}

// TestBrowserElementIsRead reads codes from the page's pixels: of a link, and of the longer one of a changing code.
func TestBrowserElementIsRead(t *testing.T) {
	t.Parallel()
	needZBar(t)
	address, customer := guardedDemo(t)
	shop := openShop(t, address, customer)
	tab := newBrowser(t, "the shop's page")
	for kind, options := range map[string]map[string]any{"a link": {}, "a changing code": {"rotate": true}} {
		unread := map[string]int{}
		// A reader that searches misses a few in a thousand sound codes. Whoever holds a phone tries again; so does this, by another code.
		for attempt := 0; attempt == 0 || len(unread) > 0 && attempt < 3; attempt++ {
			session := customer.guard(t, options)
			shop.shows(tab, "en", shop.element(session, ""))
			tab.seeState("ready")
			if attempt == 0 {
				tab.keepsItsQuietZone()
			}
			for _, size := range []int{96, 128, 256} {
				modules := eval[float64](tab, `find("#qr").viewBox.baseVal.width`)
				module := int(float64(size) / modules)
				for seen, style := range seenAs {
					eval[bool](tab, `(document.querySelector("baton-handoff").style.cssText = "margin: 150px; --baton-qr-size: `+strconv.Itoa(size)+`px; `+style(float64(module))+`", true)`)
					tab.eventually("whole pixels for each module", fmt.Sprintf(`find("#box").clientWidth === %d && find("#qr").getAttribute("width") === %q`, size, strconv.Itoa(module*int(modules))))
					picture := tab.pixels(`find("#box")`, 8)
					for reader, read := range readers {
						what := fmt.Sprintf("%s at %d px %s by %s", kind, size, seen, reader)
						if text := read(t, picture); text != session.Link && !strings.HasPrefix(text, session.Link+"-") {
							if text != "" {
								t.Errorf("%s: read %q, want %q", what, text, session.Link)
							}
							unread[what]++
						} else {
							delete(unread, what)
						}
					}
				}
			}
		}
		for what, times := range unread {
			t.Errorf("%s: not read, %d times", what, times)
		}
	}
	tab.noProblems()
}

// keepsItsQuietZone looks beside every row and column of the element's code for four white modules, however round the page wants
// its corners. What lies behind them is red.
func (b *tab) keepsItsQuietZone() {
	b.t.Helper()
	for _, asked := range []string{"0px", "2px", "400px"} {
		eval[bool](b, `(document.querySelector("baton-handoff").style.cssText = "margin: 150px; --baton-qr-size: 96px; --baton-surface: red; --baton-radius: `+asked+`", true)`)
		b.eventually("the code in a box of 96 pixels", `find("#box").clientWidth === 96 && find("#qr").getAttribute("width") < 97`)
		if round := eval[string](b, `getComputedStyle(find("#box")).borderRadius`); round != asked && asked != "400px" {
			b.t.Errorf("the corners are of %s, want %s", round, asked)
		}
		modules := eval[int](b, `find("#qr").viewBox.baseVal.width`)
		code, _, err := image.Decode(bytes.NewReader(b.pixels(`find("#qr")`, 0)))
		if err != nil {
			b.t.Fatal(err)
		}
		side := code.Bounds().Dx()
		quiet, cut := 4*side/modules, 0
		for along := quiet; along < side-quiet; along++ {
			for across := range quiet {
				for _, at := range []image.Point{{across, along}, {side - 1 - across, along}, {along, across}, {along, side - 1 - across}} {
					if red, green, blue, _ := code.At(at.X, at.Y).RGBA(); min(red, green, blue) != 0xffff {
						cut++
					}
				}
			}
		}
		if side%modules != 0 || cut > 0 {
			b.t.Errorf("with corners of %s, %d pixels of the margin are not white; the code is %d pixels for %d modules", asked, cut, side, modules)
		}
	}
}

// TestBrowserPageIsRead does the same to the demonstration's own page, whose code has the size that the page gives it.
func TestBrowserPageIsRead(t *testing.T) {
	t.Parallel()
	needZBar(t)
	address, _ := startDemo(t)
	unread := map[string]int{}
	for attempt := 0; attempt == 0 || len(unread) > 0 && attempt < 3; attempt++ {
		tab := newBrowser(t, "the registration")
		register(tab, address, "Ana Specimen")
		tab.eventually("the script", `document.getElementById("copy-link").hidden === false`)
		link := tab.readQR()
		modules := eval[float64](tab, `document.querySelector("[data-testid=qr]").viewBox.baseVal.width`)
		if own := eval[float64](tab, `document.querySelector("[data-testid=qr]").getBoundingClientRect().width`); own != modules*float64(int(288/modules)) {
			t.Errorf("the page draws %v modules in %v pixels", modules, own)
		}
		for _, size := range []int{96, 128, 256, 288} {
			module := int(float64(size) / modules)
			side := strconv.Itoa(module * int(modules))
			for seen, style := range seenAs {
				eval[bool](tab, `((qr) => { for (const name of ["width", "height"]) qr.setAttribute(name, `+side+`); document.body.style.cssText = "`+style(float64(module))+`"; return true; })(document.querySelector("[data-testid=qr]"))`)
				picture := tab.pixels(`document.querySelector("[data-testid=qr]")`, 8)
				for reader, read := range readers {
					what := fmt.Sprintf("%d px %s by %s", size, seen, reader)
					if text := read(t, picture); text != link {
						unread[what]++
					} else {
						delete(unread, what)
					}
				}
			}
		}
	}
	for what, times := range unread {
		t.Errorf("%s: not read, %d times", what, times)
	}
}

func needZBar(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("zbarimg"); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("zbarimg is not installed; `make test` installs it")
	}
	t.Skip("zbarimg is not installed")
}
