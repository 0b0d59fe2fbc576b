// Package archtest holds the rules about who may import whom, each with its reason, and a test that reads every file
// of the module against them. It exports nothing and ships in no program.
package archtest
