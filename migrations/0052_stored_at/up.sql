-- When an event was stored, by the database's clock. `created_at` is the moment at which the ingest took it, by the clock of
-- the ingest, which cannot be compared with the moment at which a push was sent.
ALTER TABLE geniacs_webhook_events ADD COLUMN stored_at timestamptz NOT NULL DEFAULT geniacs_now();
