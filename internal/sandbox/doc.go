// Package sandbox stands in for the identity provider: token endpoint, JWKS, Info API and images, with the provider's
// claims and invented persons, so that the whole story runs offline. It is not for production: its credentials are
// public.
package sandbox
