package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// maxKeyFile is in bytes: some ten thousand keys.
const maxKeyFile = 1 << 20

// KeyFile knows the API keys of a file, one line a key:
//
//	# a comment
//	shop:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  # and another
//
// The tenant of such a key is key|shop. Several lines may have one name, so that a new key works beside the old one for
// as long as its owner needs to change over. A plain SHA-256 is right for keys (it would be wrong for passwords):
// nobody can search 168 random bits, however fast the hash is. Safe for concurrent use.
type KeyFile struct {
	path    string
	names   atomic.Pointer[map[[sha256.Size]byte]string] // by the key's hash
	applied []byte                                       // what the names were read from; only Watch has it after Open
}

// KeyFileError is everything that is wrong with a key file. It holds line numbers and nothing of the lines.
type KeyFileError struct{ Problems []string }

func (e *KeyFileError) Error() string { return "auth: the key file: " + strings.Join(e.Problems, "; ") }

// OpenKeyFile reads a key file, which needs at least one key. Its error is a *KeyFileError, or says why the file cannot
// be read.
func OpenKeyFile(path string) (*KeyFile, error) {
	content, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	names, err := parseKeys(content)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, &KeyFileError{[]string{"it holds no key"}}
	}
	f := &KeyFile{path: path, applied: content}
	f.names.Store(&names)
	return f, nil
}

// Verify says whose key the bearer is, or answers ErrInvalid.
func (f *KeyFile) Verify(_ context.Context, bearer string) (Caller, error) {
	if !wellFormed(bearer) {
		return Caller{}, invalid("it is no whole API key")
	}
	// The time that the search takes may tell of the hashes, but nobody can choose a key that has a given part of a hash
	// and gets nearer to the key by it: no comparison ever sees the key.
	name, ok := (*f.names.Load())[sha256.Sum256([]byte(bearer))]
	if !ok {
		return Caller{}, invalid("the API key is not among those that are accepted")
	}
	return Caller{Tenant: keyTenant + "|" + name, Key: true}, nil
}

// Watch, which is to be called once, looks at the file again and again, until ctx ends, and takes on a change once two looks saw the same: what is
// still being written is not taken, and a key that was taken out is refused after twice that time at most. A file that is broken or gone leaves the keys as they are and is logged as an
// error, once; one without any key leaves none.
func (f *KeyFile) Watch(ctx context.Context, every time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	seen := f.applied // at the last look
	var said string   // the last complaint
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		content, err := readKeyFile(f.path)
		switch {
		case err != nil:
		case bytes.Equal(content, f.applied):
			seen, said = content, ""
			continue
		case !bytes.Equal(content, seen):
			seen = content
			continue
		default:
			var names map[[sha256.Size]byte]string
			if names, err = parseKeys(content); err == nil {
				f.names.Store(&names)
				f.applied, said = content, ""
				log.InfoContext(ctx, "the API keys have changed", "keys", len(names))
				continue
			}
		}
		if text := err.Error(); text != said {
			said = text
			log.ErrorContext(ctx, "the file of API keys cannot be used; the keys stay as they were, also those that it no longer holds", "error", err)
		}
	}
}

func readKeyFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("auth: the key file cannot be read: %w", withoutPath(err))
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("auth: the key file cannot be read: %w", withoutPath(err))
	case len(content) > maxKeyFile:
		return nil, fmt.Errorf("auth: the key file is larger than %d bytes", maxKeyFile)
	}
	return content, nil
}

func withoutPath(err error) error {
	if bare, ok := errors.AsType[*os.PathError](err); ok {
		return bare.Err
	}
	return err
}

func parseKeys(content []byte) (map[[sha256.Size]byte]string, error) {
	names := map[[sha256.Size]byte]string{}
	lines := map[[sha256.Size]byte]int{}
	var problems []string
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(content), "\uFEFF")) {
		number++
		entry, _, _ := strings.Cut(line, "#")
		if entry = strings.TrimSpace(entry); entry == "" && !holdsKey(line) {
			continue
		}
		name, digest, wrong := parseKeyLine(entry)
		if holdsKey(line) { // in a comment as well
			wrong = "holds a key itself, which is known to all who can read the file: make another with `baton key new` and put its line here"
		}
		if earlier, twice := lines[digest]; wrong == "" && twice {
			wrong = fmt.Sprintf("repeats the key of line %d", earlier)
		}
		if wrong != "" {
			problems = append(problems, fmt.Sprintf("line %d %s", number, wrong))
			continue
		}
		names[digest], lines[digest] = name, number
	}
	if len(problems) > 0 {
		return nil, &KeyFileError{problems}
	}
	return names, nil
}

func parseKeyLine(line string) (name string, digest [sha256.Size]byte, wrong string) {
	name, hash, _ := strings.Cut(line, ":")
	if !ValidKeyName(name) {
		return "", digest, "does not begin with a name of 1 to 64 letters, digits, dots, dashes or underscores and a colon"
	}
	encoded, ok := strings.CutPrefix(hash, hashPrefix)
	raw, err := hex.DecodeString(encoded)
	if !ok || err != nil || len(raw) != sha256.Size {
		return "", digest, "does not end with sha256: and the 64 hexadecimal digits that `baton key new` prints"
	}
	return name, [sha256.Size]byte(raw), ""
}
