package enrolment

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// reader reads every field and keeps what is wrong, in the order of reading; what has errors does not count.
// encoding/json alone would accept keys in another case, take the last of two equal keys and name no array element.
type reader struct{ errs []*FieldError }

func (r *reader) fail(path, code string, values ...string) {
	r.errs = append(r.errs, finding(path, code, values...))
}

// value is one JSON value and where it stands.
type value struct {
	path string
	text json.RawMessage // nil where the key is missing
}

// missing reports whether a default holds. Null means "not set" to the app.
func (v value) missing() bool { return v.text == nil || string(v.text) == "null" }

// object is a JSON object; take removes its known keys one by one, so that rest are the unknown ones.
type object struct {
	path   string
	values map[string]json.RawMessage
}

func (o object) take(key string) value {
	text := o.values[key]
	delete(o.values, key)
	return value{path: join(o.path, key), text: text}
}

func (o object) rest() Unknown {
	if len(o.values) == 0 {
		return nil
	}
	return o.values
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// objectOf reads an object, an empty one where v is missing.
func (r *reader) objectOf(v value) object {
	if v.missing() {
		return object{path: v.path}
	}
	return r.object(v.path, v.text)
}

func (r *reader) object(path string, text json.RawMessage) object {
	o := object{path: path, values: map[string]json.RawMessage{}}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		r.fail(path, "NOT_OBJECT")
		return o
	}
	for decoder.More() {
		token, err := decoder.Token()
		key, isKey := token.(string)
		var element json.RawMessage
		if err != nil || !isKey || decoder.Decode(&element) != nil {
			r.fail(path, "NOT_OBJECT")
			return o
		}
		if _, twice := o.values[key]; twice {
			r.fail(join(path, key), "TWICE")
			return o
		}
		o.values[key] = element
	}
	return o
}

func (r *reader) list(v value) []value {
	if v.missing() {
		return nil
	}
	var elements []json.RawMessage
	if json.Unmarshal(v.text, &elements) != nil {
		r.fail(v.path, "NOT_ARRAY")
		return nil
	}
	values := make([]value, len(elements))
	for i, element := range elements {
		if values[i] = (value{path: v.path + "[" + strconv.Itoa(i) + "]", text: element}); values[i].missing() {
			r.fail(values[i].path, "NOT_OBJECT")
		}
	}
	return values
}

func (r *reader) flag(v value, to *bool) {
	switch {
	case v.missing():
	case string(v.text) == "true":
		*to = true
	case string(v.text) == "false":
		*to = false
	default:
		r.fail(v.path, "NOT_FLAG")
	}
}

func (r *reader) number(v value, to *int) {
	if v.missing() {
		return
	}
	n, err := strconv.ParseInt(string(v.text), 10, 32)
	if err != nil {
		r.fail(v.path, "NOT_NUMBER", "max", strconv.Itoa(math.MaxInt32))
		return
	}
	*to = int(n)
}

// level reads a match level. The app's own code writes -1 for "not set", so that is as if it were missing.
func (r *reader) level(v value, to *int) {
	level := *to
	if r.number(v, &level); level == -1 || v.missing() {
		return
	}
	if level < MinMatchLevel || level > MaxMatchLevel {
		r.fail(v.path, "NOT_LEVEL")
		return
	}
	*to = level
}

func (r *reader) text(v value, to *string) {
	if v.missing() {
		return
	}
	if json.Unmarshal(v.text, to) != nil {
		r.fail(v.path, "NOT_STRING")
	}
}
