-- How a session guards its claim. Digests are of secrets that are never here; what is sealed opens with a secret that is
-- never here.

-- +goose Up
ALTER TABLE session ADD COLUMN once INTEGER NOT NULL DEFAULT 0; -- 1: one phone only
ALTER TABLE session ADD COLUMN separate INTEGER NOT NULL DEFAULT 0; -- 1: the page has a secret of its own
ALTER TABLE session ADD COLUMN confirm TEXT NOT NULL DEFAULT ''; -- prompt, number, or nothing
ALTER TABLE session ADD COLUMN rotate INTEGER NOT NULL DEFAULT 0; -- 1: the picture changes
ALTER TABLE session ADD COLUMN origins TEXT NOT NULL DEFAULT ''; -- of the pages that may watch, parted by spaces
ALTER TABLE session ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN device BLOB; -- digest of the phone that called first
ALTER TABLE session ADD COLUMN number TEXT NOT NULL DEFAULT ''; -- two digits that the page shows
ALTER TABLE session ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; -- wrong numbers
ALTER TABLE session ADD COLUMN confirmed_at INTEGER; -- when the person agreed
ALTER TABLE session ADD COLUMN second_at INTEGER; -- when another phone was last refused
ALTER TABLE session ADD COLUMN link_code BLOB; -- digest of a copied link's code
ALTER TABLE session ADD COLUMN link_until INTEGER;
ALTER TABLE session ADD COLUMN not_me INTEGER NOT NULL DEFAULT 0; -- 1: the person with the phone said so
ALTER TABLE session ADD COLUMN sealed_rotation BLOB NOT NULL DEFAULT x''; -- opens with the ticket only
ALTER TABLE session ADD COLUMN sealed_ticket BLOB NOT NULL DEFAULT x''; -- opens with the page token only
ALTER TABLE event ADD COLUMN number TEXT NOT NULL DEFAULT ''; -- what the page shows for the phone to enter

-- +goose Down
ALTER TABLE event DROP COLUMN number;
ALTER TABLE session DROP COLUMN sealed_ticket;
ALTER TABLE session DROP COLUMN sealed_rotation;
ALTER TABLE session DROP COLUMN not_me;
ALTER TABLE session DROP COLUMN link_until;
ALTER TABLE session DROP COLUMN link_code;
ALTER TABLE session DROP COLUMN second_at;
ALTER TABLE session DROP COLUMN confirmed_at;
ALTER TABLE session DROP COLUMN tries;
ALTER TABLE session DROP COLUMN number;
ALTER TABLE session DROP COLUMN device;
ALTER TABLE session DROP COLUMN locale;
ALTER TABLE session DROP COLUMN origins;
ALTER TABLE session DROP COLUMN rotate;
ALTER TABLE session DROP COLUMN confirm;
ALTER TABLE session DROP COLUMN separate;
ALTER TABLE session DROP COLUMN once;
