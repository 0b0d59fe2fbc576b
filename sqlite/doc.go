// Package sqlite keeps sessions, registrations and the sandbox's results in one SQLite file. It implements
// handoff.Store, registration.Store and sandbox.Store, and is the only package that knows SQL.
//
// All changes go through one writer. It takes whatever waits in its queue, runs it in one transaction with a
// savepoint for each, commits with synchronous=FULL and then answers all: callers share the wait for the disk, and
// what was acknowledged survives a power cut. Reads have a pool of their own and never wait for the writer.
//
// What tidies up takes turns with the callers: sweeps and the pages that are given back are the last job of a callers'
// transaction and small, and the writer rests between them; the write-ahead log is folded into the file beside the
// writer. So the file and its log stay as large as what is alive, and nobody waits for that.
//
// It refuses to be a cluster: one file belongs to one process on one machine's own disk. Two processes that open the
// same file by mistake damage nothing, but their pages do not hear each other's bells.
package sqlite
