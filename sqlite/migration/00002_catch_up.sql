-- What a page that catches up is told, and what the phone is told of it. A session with status 'deleted' does not exist for
-- any query, whatever its expires_at; its events stay until the sweep, for channels that were open when it was deleted.

-- +goose Up
ALTER TABLE session ADD COLUMN opened_at INTEGER; -- when a phone last opened the link before a claim
ALTER TABLE session ADD COLUMN requester_name TEXT NOT NULL DEFAULT ''; -- who asks; shown on the phone
ALTER TABLE session ADD COLUMN requester_browser TEXT NOT NULL DEFAULT ''; -- that shows the code
ALTER TABLE session ADD COLUMN requester_system TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN detail TEXT NOT NULL DEFAULT ''; -- what the phone's SDK said, as JSON

-- +goose Down
DELETE FROM session WHERE status = 'deleted';
ALTER TABLE event DROP COLUMN detail;
ALTER TABLE session DROP COLUMN requester_system;
ALTER TABLE session DROP COLUMN requester_browser;
ALTER TABLE session DROP COLUMN requester_name;
ALTER TABLE session DROP COLUMN opened_at;
