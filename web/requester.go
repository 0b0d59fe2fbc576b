package web

import (
	"net/netip"

	"github.com/go-json-experiment/json"
	"github.com/mileusna/useragent"

	"baton/internal/handoff"
)

// maxUserAgent is where a browser's description of itself is cut before it is read, in bytes: real ones have some 200.
const maxUserAgent = 512

// requesterOf reads a browser's description of itself. Only the two words that a person knows are kept.
func requesterOf(userAgent string) handoff.Requester {
	if len(userAgent) > maxUserAgent {
		userAgent = userAgent[:maxUserAgent]
	}
	agent := useragent.Parse(userAgent)
	return handoff.Requester{Browser: knownBrowsers[agent.Name], System: knownSystems[agent.OS]}
}

// What a phone shows of a browser's description of itself. Anything else is a text of its sender's choice, and would
// stand on somebody's phone as if the server said it.
var (
	knownBrowsers = map[string]string{
		useragent.Chrome: "Chrome", useragent.HeadlessChrome: "Chrome", useragent.Firefox: "Firefox", useragent.Safari: "Safari",
		useragent.MobileSafari: "Safari", useragent.Edge: "Edge", useragent.Opera: "Opera", useragent.OperaMini: "Opera",
		useragent.OperaTouch: "Opera", useragent.Vivaldi: "Vivaldi", useragent.SamsungBrowser: "Samsung Internet",
		useragent.InternetExplorer: "Internet Explorer",
	}
	knownSystems = map[string]string{
		useragent.Windows: "Windows", useragent.MacOS: "macOS", useragent.Linux: "Linux", useragent.Android: "Android",
		useragent.IOS: "iOS", useragent.ChromeOS: "ChromeOS", useragent.CrOS: "ChromeOS",
	}
)

// readRequester reads who asks, as a creation names it: {"name", "userAgent", "ip"}.
func readRequester(body object) (handoff.Requester, error) {
	if !body.has("requester") {
		return handoff.Requester{}, nil
	}
	var given object
	if body["requester"].Kind() != '{' || json.Unmarshal(body["requester"], &given) != nil {
		return handoff.Requester{}, invalid("`requester` must be an object with `name`, `userAgent` and `ip`, each of them optional.")
	}
	var texts [3]string
	for i, name := range []string{"name", "userAgent", "ip"} {
		var err error
		if texts[i], err = given.text(name); err != nil {
			return handoff.Requester{}, invalid("`requester." + name + "` must be a string.")
		}
	}
	if _, err := netip.ParseAddr(texts[2]); texts[2] != "" && err != nil {
		return handoff.Requester{}, invalid("`requester.ip` must be an IP address, such as 203.0.113.7.")
	}
	requester := requesterOf(texts[1])
	requester.Name = texts[0]
	return requester, nil
}
