// Package registration is the sample customer backend: a sign-up form that hands over to the phone in its middle and
// goes on with the provider's verified result. It trusts neither the page's WebSocket nor its URL: which session is
// its own, it knows from its own store; what happened in it, from the provider.
package registration
