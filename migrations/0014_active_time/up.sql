-- How long a run has been at work, without its waiting for retries, pauses and other runs: what `max_seconds` limits.
ALTER TABLE geniacs_data_sync ADD COLUMN active_seconds double precision NOT NULL DEFAULT 0;
