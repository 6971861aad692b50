-- By how many microseconds the partner's clock runs ahead of the database's, as its answers tell. All workers read the
-- partner's times with it, and so do events.
ALTER TABLE integration_limits ADD COLUMN partner_ahead_micros bigint NOT NULL DEFAULT 0;
