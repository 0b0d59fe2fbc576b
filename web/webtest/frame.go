package webtest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/pb33f/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"baton/static"
)

// payloads are the compiled schemas of the channel's frames, by the frame's `type`; "" is the first layer's.
var payloads = sync.OnceValue(func() map[string]*jsonschema.Schema {
	var document map[string]any
	if err := yaml.Unmarshal([]byte(static.AsyncAPI), &document); err != nil {
		panic("webtest: the AsyncAPI document: " + err.Error())
	}
	messages := document["components"].(map[string]any)["messages"].(map[string]any)
	for _, message := range messages {
		payload := message.(map[string]any)["payload"].(map[string]any)
		if payload["properties"] != nil {
			payload["additionalProperties"] = false // a key that the document does not know is a fault of one of the two
		}
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const place = "baton://asyncapi"
	if err := compiler.AddResource(place, asJSON(document)); err != nil {
		panic("webtest: the AsyncAPI document: " + err.Error())
	}
	compiled := map[string]*jsonschema.Schema{}
	for kind, message := range map[string]string{
		"": "service", "snapshot": "snapshot", "event": "event", "status": "status", "notice": "notice", "qr": "picture",
	} {
		compiled[kind] = compiler.MustCompile(place + "#/components/messages/" + message + "/payload")
	}
	return compiled
})

// asJSON makes numbers what the validator takes.
func asJSON(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = asJSON(member)
		}
	case []any:
		for i, item := range v {
			v[i] = asJSON(item)
		}
	case int:
		return float64(v)
	}
	return value
}

// FrameConforms holds a frame of either layer against the AsyncAPI document, as one that the server has sent.
func FrameConforms(frame []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(frame))
	if err != nil {
		return fmt.Errorf("the frame %s is no JSON: %w", frame, err)
	}
	members, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("the frame %s is no object", frame)
	}
	kind, _ := members["type"].(string)
	payload, known := payloads()[kind]
	if !known {
		return errors.New("the AsyncAPI document has no frame of the type " + kind)
	}
	if err := payload.Validate(value); err != nil {
		return fmt.Errorf("the AsyncAPI document has no frame like %s: %w", frame, err)
	}
	return nil
}

func wantFrame(tb testing.TB, frame []byte) {
	tb.Helper()
	if err := FrameConforms(frame); err != nil {
		tb.Error(err)
	}
}
