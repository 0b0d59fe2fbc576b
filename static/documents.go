package static

import _ "embed"

// OpenAPI and AsyncAPI describe the server's interface: the HTTP API, and the channel. Their `servers` name an invented server,
// which the one that shows them replaces by itself.
var (
	//go:embed openapi.yaml
	OpenAPI string
	//go:embed asyncapi.yaml
	AsyncAPI string
)
