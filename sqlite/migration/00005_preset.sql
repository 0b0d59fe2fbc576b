-- What somebody wants the demonstration to ask of a phone.

-- +goose Up
CREATE TABLE preset (
    name TEXT PRIMARY KEY,
    data TEXT NOT NULL -- as a session's; it names no person
) WITHOUT ROWID;

CREATE TABLE preset_choice (
    one  INTEGER PRIMARY KEY CHECK (one = 1), -- there is one
    name TEXT    NOT NULL, -- as it was when it was chosen; no reference
    data TEXT    NOT NULL
);

ALTER TABLE registration ADD COLUMN policy TEXT; -- what its hand-over's result must show, as JSON; NULL for what the program demands

-- +goose Down
ALTER TABLE registration DROP COLUMN policy;
DROP TABLE preset_choice;
DROP TABLE preset;
