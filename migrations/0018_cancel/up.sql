-- When somebody asked for the end of a run that is under way: its workers begin nothing more.
ALTER TABLE geniacs_data_sync ADD COLUMN cancel_requested_at timestamptz;
-- Since when a run shows no progress, as the scheduler noticed; none while it does.
ALTER TABLE geniacs_data_sync ADD COLUMN stalled_since timestamptz;

-- Which syncs go on where an interrupted one stopped.
CREATE INDEX syncs_resuming ON geniacs_data_sync (((data ->> 'resume_of')::bigint)) WHERE data ? 'resume_of';
