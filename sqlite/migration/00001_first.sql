-- Every time is in milliseconds since 1970 (UTC); NULL is a time that has not come. A row whose expires_at is not
-- after now does not exist for any query, swept or not.

-- +goose Up
CREATE TABLE session (
    key          INTEGER PRIMARY KEY, -- the row's own number, for its events only
    id           TEXT    NOT NULL UNIQUE, -- UUID; becomes the result's jti and grants nothing
    tenant       TEXT    NOT NULL, -- who created it
    ticket       BLOB    NOT NULL UNIQUE, -- digest of the ticket; the ticket itself is never here
    page         BLOB    UNIQUE, -- digest of the page token; NULL where the page is not separated
    reference    TEXT    NOT NULL, -- the creator's own id
    steps        TEXT    NOT NULL, -- the services to expect, parted by spaces
    status       TEXT    NOT NULL, -- created, claimed, completed, failed or cancelled
    reason       TEXT    NOT NULL, -- why it failed or was cancelled
    seq          INTEGER NOT NULL, -- number of the last event; 0 before the first
    events       INTEGER NOT NULL, -- how many were posted, against the limit
    created_at   INTEGER NOT NULL,
    claimed_at   INTEGER,
    ended_at     INTEGER,
    expires_at   INTEGER NOT NULL,
    sealed_token BLOB    NOT NULL, -- opens with the ticket only
    sealed_data  BLOB    NOT NULL -- opens with the ticket only
);
CREATE INDEX session_expires_at ON session (expires_at); -- for the sweep

CREATE TABLE event (
    session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
    seq     INTEGER NOT NULL, -- 1, 2, … within the session
    kind    TEXT    NOT NULL, -- event, status or notice
    step    TEXT    NOT NULL, -- the service that is done or skipped
    status  TEXT    NOT NULL, -- what the session became
    notice  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    key     TEXT, -- the reporter's idempotency key; NULL for none
    at      INTEGER,
    PRIMARY KEY (session, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX event_key ON event (session, key) WHERE key IS NOT NULL;

CREATE TABLE registration (
    digest       BLOB    PRIMARY KEY, -- of the key in the person's cookie; the key itself is never here
    name         TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    country      TEXT    NOT NULL, -- ISO 3166-1 alpha-2
    consent      INTEGER NOT NULL, -- 1 for yes
    session_id   TEXT    NOT NULL, -- the current hand-over's; no reference, since sessions go after 30 minutes
    status       TEXT    NOT NULL, -- verifying, verified, refused or completed
    refusal      TEXT    NOT NULL, -- the check that failed
    result       TEXT, -- the verified result as JSON; NULL before
    number       TEXT    UNIQUE, -- what the person keeps; NULL before
    created_at   INTEGER NOT NULL,
    verified_at  INTEGER,
    completed_at INTEGER
);

CREATE TABLE sandbox_key (
    one   INTEGER PRIMARY KEY CHECK (one = 1), -- there is one key
    id    TEXT    NOT NULL, -- the JWS header's kid
    pkcs8 BLOB    NOT NULL -- DER
);

CREATE TABLE sandbox_result (
    key        INTEGER PRIMARY KEY, -- the row's own number, for its images only
    session_id TEXT    NOT NULL UNIQUE,
    client_id  TEXT    NOT NULL, -- who may read it
    jws        TEXT    NOT NULL, -- compact form
    expires_at INTEGER NOT NULL
);
CREATE INDEX sandbox_result_expires_at ON sandbox_result (expires_at); -- for the sweep

CREATE TABLE sandbox_image (
    id     TEXT    PRIMARY KEY, -- 24 hexadecimal digits
    result INTEGER NOT NULL REFERENCES sandbox_result (key) ON DELETE CASCADE,
    jpeg   BLOB    NOT NULL
);
CREATE INDEX sandbox_image_result ON sandbox_image (result); -- for the cascade

CREATE TABLE ready (
    one INTEGER PRIMARY KEY CHECK (one = 1), -- a single row, rewritten
    at  INTEGER NOT NULL -- when the last readiness check wrote
);

-- +goose Down
DROP TABLE ready;
DROP TABLE sandbox_image;
DROP TABLE sandbox_result;
DROP TABLE sandbox_key;
DROP TABLE registration;
DROP TABLE event;
DROP TABLE session;
