// Package relay is one channel's life: what happens between a page's connection and its close, without HTTP, without
// a WebSocket library and without a store. The same life runs over a WebSocket (Registry.Serve), as a stream and as a
// poll (Registry.Watch).
//
//	connect ──first frame──▶ authenticate ──▶ replay ──▶ live ──▶ close
//	   │ none within 10 s: 4408    │ malformed: 4500       │ layer 1: failed or cancelled: 4509
//	   └ over a cap: 4029          └ unknown: 4504         │ layer 2: completed, failed or cancelled: 1000
//	                                                       ├ expired or deleted: 4504
//	                                                       └ shutting down: 4000
//
// The first frame chooses the layer: the bare text of the QR code the seed's, which tells the done steps from the first
// on; a JSON object ours, which begins with a snapshot and goes on after a number.
//
// A channel holds no queue. It remembers the number of the last event that it has read; when the session's bell
// rings, at every ping and at the session's end it reads what follows from the store. So a lost ring costs time and
// never an event, and a slow page costs nobody else anything.
//
// Two goroutines belong to a channel: the one that calls Registry.Serve, which alone writes and is the last to leave,
// and a reader, which is joined before Serve returns. Nothing keeps a Conn after that.
package relay
