-- A session has one result: a second enrolment is refused, and the first one may be handed in again.

-- +goose Up
ALTER TABLE sandbox_result ADD COLUMN handed_in BLOB; -- digest of the enrolment; NULL for results from before

-- +goose Down
ALTER TABLE sandbox_result DROP COLUMN handed_in;
