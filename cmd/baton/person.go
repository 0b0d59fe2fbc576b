package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"baton/internal/phone"
)

// person is whoever holds the phone that plays in a terminal.
type person struct {
	in    *os.File
	out   io.Writer
	lines *bufio.Reader
}

// isTyped reports whether a person may type there. The null device passes for one whose silence is a yes.
func isTyped(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func isNumber(text string) bool {
	return len(text) == 2 && strings.Trim(text, "0123456789") == ""
}

// ask prints the question and returns the line that comes; io.EOF where none does.
func (p *person) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(p.out, question)
	if p.lines == nil {
		p.lines = bufio.NewReader(p.in)
	}
	type answer struct {
		line string
		err  error
	}
	came := make(chan answer, 1)
	go func() { // it cannot be called back; the program ends with it
		line, err := p.lines.ReadString('\n')
		came <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(p.out)
		return "", ctx.Err()
	case a := <-came:
		if a.line != "" {
			a.err = nil
		}
		if a.err != nil || !isTyped(p.in) {
			fmt.Fprintln(p.out) // nobody's Enter has ended the line
		}
		return strings.TrimSpace(a.line), a.err
	}
}

// agrees is the person's word to who asks; Enter alone is a yes.
func (p *person) agrees(ctx context.Context, _ phone.Request) (bool, error) {
	for {
		line, err := p.ask(ctx, "  Start? Only if you asked for this yourself. [Y/n] ")
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		switch strings.ToLower(line) {
		case "", "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// number tells the digits: first those that are known, else what the person reads from the page. An empty line declines.
func (p *person) number(known string) func(context.Context, bool) (string, error) {
	return func(ctx context.Context, again bool) (string, error) {
		if again {
			fmt.Fprintln(p.out, "! That is not the number on the page. Look again: one more try.")
		} else if known != "" {
			return known, nil
		}
		for {
			line, err := p.ask(ctx, "  The number that the page shows (nothing to stop): ")
			switch {
			case errors.Is(err, io.EOF):
				return "", fmt.Errorf("%w: set --number, or enter them here", phone.ErrNoNumber)
			case err != nil:
				return "", err
			case line == "" || isNumber(line):
				return line, nil
			}
			fmt.Fprintln(p.out, "! It is two digits, such as 07.")
		}
	}
}

// whoAsks is one line.
func whoAsks(r phone.Request) string {
	line := cmp.Or(r.Name, "Somebody") + " asks you to verify your identity"
	var from []string
	for _, part := range []struct{ word, text string }{{"in", r.Browser}, {"on", r.System}, {"from", r.Place}} {
		if part.text != "" {
			from = append(from, part.word, part.text)
		}
	}
	if !r.Started.IsZero() {
		from = append(from, "at", r.Started.Local().Format("15:04"))
	}
	if len(from) > 0 {
		line += ", started " + strings.Join(from, " ")
	}
	return line
}
