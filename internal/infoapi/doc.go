// Package infoapi is the client of the identity provider's API: access tokens, results, images and their deletion. It
// implements registration.Provider.
//
// It believes nothing that the provider's key has not signed: a result counts only after every check of Verify, an
// image only if its bytes have the checksum that the result names. Its errors say which call or check failed and hold
// no token, secret, body or personal data.
package infoapi
