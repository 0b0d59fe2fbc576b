// Package enrolment is the reader app's instructions: the `data` of a session as the provider's app understands it, a
// JSON object in standard Base64. It knows their fields and defaults, the screens that they lead a phone through, what
// a phone decides on each, and the invented documents that stand in for real ones.
//
// Phones and the sandbox share it, so that what a phone shows and what a result holds come from one reading. It draws
// nothing and speaks to nobody.
package enrolment
