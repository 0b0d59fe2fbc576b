// Package handofftest holds what every adapter of the domain's ports is tested with: TestStore, TestDurable and TestBell check an
// adapter against the contract in the ports' comments, and NewStore and NewBell are in-memory fakes that pass them, for
// tests that need a store or a bell but no file and no network.
//
// A fake forgets everything when the test ends and is not for production.
package handofftest
