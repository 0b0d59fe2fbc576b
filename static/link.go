package static

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// reference is a script's reference to a file beside it: any string literal that begins with "./", whether it is imported at
// the start, later, or only named. A documentation comment is matched whole, because the types that it names are loaded by
// nobody, and go in circles.
var reference = regexp.MustCompile("(?s)/\\*\\*.*?\\*/|[\"'`]\\./([^\"'`\\s]*)[\"'`]")

// linked is a file as it is served: its references name what they mean together with its content.
type linked struct {
	path  string // with a hash of the body
	body  []byte
	parts []string // the paths of all that it refers to, and of what that refers to, once each
}

// link names each file by a hash of its content, after it has put such names into the scripts in place of the plain ones.
// So a file's hash covers all that it loads, and whoever has a script under one name gets the parts that it was written for,
// or none. That cannot be done for files that refer to each other in a circle, which is an error, as is a reference to
// nothing.
func link(sources map[string][]byte) (map[string]linked, error) {
	done := map[string]linked{}
	var visit func(name string, trail []string) error
	visit = func(name string, trail []string) error {
		if _, ok := done[name]; ok {
			return nil
		}
		for i, before := range trail {
			if before == name {
				return fmt.Errorf("%s refer to each other in a circle; each one's name would have to hold the other's hash, so move what they share into a file of its own",
					strings.Join(append(trail[i:], name), " → "))
			}
		}
		body, ok := sources[name]
		if !ok {
			return fmt.Errorf("%s refers to ./%s, which is not among the embedded files", trail[len(trail)-1], name)
		}
		var parts []string
		if path.Ext(name) == ".js" {
			var failed error
			body = reference.ReplaceAllFunc(body, func(found []byte) []byte {
				to := reference.FindSubmatch(found)[1]
				if to == nil || failed != nil {
					return found
				}
				if failed = visit(string(to), append(trail[:len(trail):len(trail)], name)); failed != nil {
					return found
				}
				for _, part := range append(done[string(to)].parts, done[string(to)].path) {
					if !slices.Contains(parts, part) {
						parts = append(parts, part)
					}
				}
				quote := string(found[:1])
				return []byte(quote + "./" + strings.TrimPrefix(done[string(to)].path, Prefix) + quote)
			})
			if failed != nil {
				return failed
			}
		}
		sum := sha256.Sum256(body)
		extension := path.Ext(name)
		done[name] = linked{Prefix + strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:8]) + extension, body, parts}
		return nil
	}
	for name := range sources {
		if err := visit(name, nil); err != nil {
			return nil, err
		}
	}
	return done, nil
}
