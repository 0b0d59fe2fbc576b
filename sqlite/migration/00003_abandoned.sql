-- What nobody completed is removed a day after its creation.

-- +goose Up
CREATE INDEX registration_abandoned ON registration (created_at) WHERE status <> 'completed'; -- for the sweep

-- +goose Down
DROP INDEX registration_abandoned;
