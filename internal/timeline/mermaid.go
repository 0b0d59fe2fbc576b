package timeline

import (
	"fmt"
	"strings"
)

// Mermaid draws a session as a sequence diagram in Mermaid's language. It has no secret, and neither headers nor bodies.
func Mermaid(s Session) string {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	for _, p := range Parties() {
		fmt.Fprintf(&b, "    participant %s as %s\n", mermaidName(p), p)
	}
	for _, step := range Steps(s.Entries) {
		from, to := step.Ends()
		label := step.Label(s.ID)
		if status := step.StatusText(); step.IsAnswer {
			label = status
		} else if status != "" {
			label += " · " + status
		}
		switch {
		case step.Kind == InProcess:
			fmt.Fprintf(&b, "    Note over %s,%s: %s\n", mermaidName(from), mermaidName(to), mermaidText(label))
			continue
		case step.IsAnswer:
			fmt.Fprintf(&b, "    %s-->>%s: %s\n", mermaidName(from), mermaidName(to), mermaidText(label))
		case step.Kind == Call:
			fmt.Fprintf(&b, "    %s->>%s: %s\n", mermaidName(from), mermaidName(to), mermaidText(label))
		case step.Kind == Close:
			fmt.Fprintf(&b, "    %s--x%s: %s\n", mermaidName(from), mermaidName(to), mermaidText(label))
		default:
			fmt.Fprintf(&b, "    %s--)%s: %s\n", mermaidName(from), mermaidName(to), mermaidText(label))
		}
	}
	return b.String()
}

func mermaidName(p Party) string { return strings.ToLower(p.String()) }

// mermaidText keeps a label from being read as anything but text: everything that the language may know is written as a
// character's number.
func mermaidText(label string) string {
	var b strings.Builder
	for _, r := range label {
		switch {
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case strings.ContainsRune("#;%<>\"'`&\\", r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
