package web_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"baton/web"
	"baton/web/webtest"
)

// The attacks come from a second process, which is this test binary again: a process has file descriptors for one end of
// ten thousand sockets only, and an attacker that shared the server's scheduler would measure the scheduler.
const attackEnv = "BATON_TEST_ATTACK"

func TestMain(m *testing.M) {
	if attack, ok := os.LookupEnv(attackEnv); ok {
		kind, address, _ := strings.Cut(attack, " ")
		attacks[kind](address)
		return
	}
	os.Exit(m.Run())
}

const (
	silentSockets = 10_000
	loris         = 2_000
	flooders      = 64
	floodPause    = 4 * time.Millisecond // of each flooder, after a frame: some 16,000 frames a second in all
)

// attacks each print "ready" when they are under way and go on until their standard input ends.
var attacks = map[string]func(address string){
	// Sockets that connect and say nothing at all; the server hangs up after its read time-out, and they come again.
	"silent-sockets": func(address string) {
		again(silentSockets, func() net.Conn { return dialed(address) }, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	},
	// WebSockets that are upgraded and send no first frame; the server hangs up after 10 s, and they come again.
	"silent-channels": func(address string) {
		again(silentSockets, func() net.Conn { return upgraded(address) }, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	},
	// Requests that arrive one byte of a header at a time.
	"slow-loris": func(address string) {
		again(loris, func() net.Conn { return dialed(address) }, func(conn net.Conn) {
			_, err := io.WriteString(conn, "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nX-A: ")
			for err == nil {
				time.Sleep(500*time.Millisecond + rand.N(time.Second)) // the attack's pace
				_, err = conn.Write([]byte{'a'})
			}
		})
	},
	// Channels that send frame after frame of garbage instead of a ticket, and come again when they are thrown out.
	"garbage-frames": func(address string) {
		again(flooders, func() net.Conn { return upgraded(address) }, func(conn net.Conn) {
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			// A masked text frame of 125 bytes, which a client's must be; what it says is noise.
			frame := append([]byte{0x81, 0x80 | 125, 1, 2, 3, 4}, make([]byte, 125)...)
			for {
				for i := range 125 {
					frame[6+i] = byte(rand.Uint32())
				}
				if _, err := conn.Write(frame); err != nil {
					return
				}
				time.Sleep(floodPause) // the attack's pace
			}
		})
	},
}

// again keeps n connections: each is opened, used until it breaks, and opened anew.
func again(n int, open func() net.Conn, use func(net.Conn)) {
	var first sync.WaitGroup
	first.Add(n)
	gate := make(chan struct{}, 64) // handshakes at once
	for range n {
		go func() {
			for opened := false; ; {
				gate <- struct{}{}
				conn := open()
				<-gate
				if !opened {
					opened = true
					first.Done()
				}
				if conn != nil {
					use(conn)
					conn.Close()
				}
				time.Sleep(rand.N(2 * time.Second)) // a crowd that comes back in step would be another attack
			}
		}()
	}
	first.Wait()
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func dialed(address string) net.Conn {
	conn, err := net.DialTimeout("tcp", address, 20*time.Second)
	if err != nil {
		return nil
	}
	return conn
}

// upgraded is a connection behind its WebSocket handshake.
func upgraded(address string) net.Conn {
	conn := dialed(address)
	if conn == nil {
		return nil
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, "GET /ws/v1/session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	answer := make([]byte, 512)
	if _, err := io.ReadAtLeast(conn, answer, 12); err != nil || !strings.Contains(string(answer[:12]), " 101") {
		conn.Close()
		return nil
	}
	_ = conn.SetDeadline(time.Time{})
	return conn
}

// underAttack starts an attack on s and returns a function that ends it.
func underAttack(b *testing.B, s *webtest.Server, kind string) (end func()) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	attacker := exec.Command(self)
	attacker.Env = append(os.Environ(), attackEnv+"="+kind+" "+strings.TrimPrefix(s.URL, "http://"))
	stdin, err := attacker.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := attacker.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := attacker.Start(); err != nil {
		b.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		b.Fatalf("the attacker says %q, %v", line, err)
	}
	return func() {
		stdin.Close()
		_ = attacker.Wait()
	}
}

// BenchmarkHealthyPagesUnder measures what an attack does to pages that behave: from the POST of an event to its frame at
// its page, over HTTP and durable, for 20 pages in turn. Rounds with and without the attack alternate in one run; the
// ratios of their medians and 99th percentiles are reported beside the times. Aimed at: 1.5 at most.
func BenchmarkHealthyPagesUnder(b *testing.B) {
	for _, kind := range []string{"silent-sockets", "silent-channels", "slow-loris", "garbage-frames"} {
		b.Run(kind, func(b *testing.B) {
			// Demo: loopback counts against no per-address cap, so all of the attack gets in.
			s := webtest.Start(b, webtest.With(func(deps *web.Deps) { deps.Demo = true }))
			pages := healthyPages(b, s, 20)
			pages.measure(200) // warm
			const rounds, samples = 3, 400
			var calm, attacked []time.Duration
			for b.Loop() {
				for range rounds {
					calm = append(calm, pages.measure(samples)...)
					end := underAttack(b, s, kind)
					attacked = append(attacked, pages.measure(samples)...)
					end()
				}
			}
			slices.Sort(calm)
			slices.Sort(attacked)
			at := func(sorted []time.Duration, percent int) float64 {
				return float64(sorted[len(sorted)*percent/100].Microseconds())
			}
			b.ReportMetric(at(calm, 50), "calm-p50-µs")
			b.ReportMetric(at(attacked, 50), "attacked-p50-µs")
			b.ReportMetric(at(attacked, 50)/at(calm, 50), "p50-ratio")
			b.ReportMetric(at(calm, 99), "calm-p99-µs")
			b.ReportMetric(at(attacked, 99), "attacked-p99-µs")
			b.ReportMetric(at(attacked, 99)/at(calm, 99), "p99-ratio")
		})
	}
}

type healthy struct {
	b     *testing.B
	s     *webtest.Server
	token string
	pages []*healthyPage
	next  int
}

type healthyPage struct {
	session webtest.Session
	channel *webtest.Channel
	events  int
}

func healthyPages(b *testing.B, s *webtest.Server, n int) *healthy {
	h := &healthy{b: b, s: s, token: s.Token("bank")}
	for range n {
		h.pages = append(h.pages, h.open())
	}
	return h
}

func (h *healthy) open() *healthyPage {
	session := h.s.Create(h.token, "x")
	channel := h.s.WatchAfter(session, 0)
	channel.NextTold()
	return &healthyPage{session: session, channel: channel}
}

// measure takes n samples, one page after the other, at a page's pace and not as fast as the machine can.
func (h *healthy) measure(n int) []time.Duration {
	var took []time.Duration
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for range n {
		<-pace.C
		page := h.pages[h.next%len(h.pages)]
		if page.events++; page.events > 900 { // a session takes 1,000 events
			_ = page.channel.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
			page.channel.Close()
			page = h.open()
			page.events = 1
			h.pages[h.next%len(h.pages)] = page
		}
		h.next++
		began := time.Now()
		h.s.Publish(h.token, page.session, `{"service":"SCAN"}`)
		if got := page.channel.NextTold(); got.Service != "SCAN" {
			h.b.Fatalf("the page hears %v, not number "+strconv.Itoa(page.events), got)
		}
		took = append(took, time.Since(began))
	}
	return took
}
