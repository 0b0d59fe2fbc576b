-- Who the demonstration's pages belong to, where somebody chose.

-- +goose Up
CREATE TABLE brand (
    one         INTEGER PRIMARY KEY CHECK (one = 1), -- there is one
    name        TEXT NOT NULL,
    name_arabic TEXT NOT NULL, -- empty: the same name
    light       TEXT NOT NULL, -- accents as #rrggbb; empty: the design's own
    dark        TEXT NOT NULL,
    logo_type   TEXT NOT NULL, -- empty: no logo
    logo        BLOB NOT NULL
);

-- +goose Down
DROP TABLE brand;
