ALTER TABLE integration_limits DROP COLUMN paused_since;
