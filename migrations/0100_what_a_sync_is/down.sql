DROP TRIGGER pace ON sync_chunks;
DROP FUNCTION note_pace();
ALTER TABLE sync_chunks DROP COLUMN paced_at, DROP COLUMN paced_read, DROP COLUMN paced_before_at, DROP COLUMN paced_before_read;
DROP INDEX syncs_of_schedule;
DROP INDEX syncs_of_direction;
DROP INDEX syncs_of_kind;
DROP FUNCTION sync_kind(jsonb);
