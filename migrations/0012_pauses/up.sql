-- When the pause began that is under way; an extended one keeps its beginning.
ALTER TABLE integration_limits ADD COLUMN paused_since timestamptz;
