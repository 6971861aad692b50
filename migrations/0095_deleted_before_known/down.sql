CREATE OR REPLACE FUNCTION keep_former_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO former_ids (geniacs_id, integration_id, entity_type, local_id)
    VALUES (OLD.geniacs_id, OLD.integration_id, OLD.entity_type, OLD.local_id)
    ON CONFLICT (geniacs_id, integration_id, entity_type) DO UPDATE SET local_id = excluded.local_id, since = excluded.since;
    RETURN NULL;
END $$;
DELETE FROM former_ids WHERE local_id IS NULL;
ALTER TABLE former_ids DROP COLUMN deleted_unit, DROP COLUMN deleted_version;
ALTER TABLE former_ids ALTER COLUMN local_id SET NOT NULL;
