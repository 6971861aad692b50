-- The kind of a sync, from what it was accepted with. Immutable, so that an index can hold it.
CREATE FUNCTION sync_kind(data jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN data ? 'check' THEN 'check'
        WHEN data ? 'retry_of' THEN 'retry'
        WHEN data ? 'plan_of' THEN 'apply'
        WHEN data ? 'resume_of' THEN 'resume'
        WHEN data #>> '{options,dry_run}' = 'true' THEN 'preview'
        ELSE 'sync' END
$$;

CREATE INDEX syncs_of_kind ON geniacs_data_sync (integration_id, sync_kind(data), created_at, id);
CREATE INDEX syncs_of_direction ON geniacs_data_sync (integration_id, sync_direction, created_at, id);
CREATE INDEX syncs_of_schedule ON geniacs_data_sync (integration_id, schedule_id, created_at, id)
    WHERE schedule_id IS NOT NULL;

-- A pull is one chunk that grows for as long as it lasts, so its pace has to be noted: what it had read at two earlier
-- moments, at least 15 seconds apart. A push has a chunk for each stretch, and the end of each is known.
ALTER TABLE sync_chunks
    ADD COLUMN paced_at timestamptz,
    ADD COLUMN paced_read bigint,
    ADD COLUMN paced_before_at timestamptz,
    ADD COLUMN paced_before_read bigint;

CREATE FUNCTION note_pace() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now timestamptz := geniacs_now();
BEGIN
    IF OLD.paced_at IS NULL THEN
        NEW.paced_at := OLD.created_at;
        NEW.paced_read := OLD.records_read;
        NEW.paced_before_at := NEW.paced_at;
        NEW.paced_before_read := NEW.paced_read;
    ELSIF now - OLD.paced_at >= interval '15 seconds' THEN
        NEW.paced_before_at := OLD.paced_at;
        NEW.paced_before_read := OLD.paced_read;
        NEW.paced_at := now;
        NEW.paced_read := NEW.records_read;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pace BEFORE UPDATE OF records_read ON sync_chunks FOR EACH ROW
    WHEN (NEW.kind = 'pull' AND NEW.records_read > OLD.records_read) EXECUTE FUNCTION note_pace();
