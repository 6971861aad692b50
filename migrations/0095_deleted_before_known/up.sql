-- Records that a listing showed as deleted before anything else was known of them: what still comes about the time before, a
-- late event, makes no row. `deleted_unit` is the unit of the time in microseconds, as precisely as it was told.
ALTER TABLE former_ids ALTER COLUMN local_id DROP NOT NULL;
ALTER TABLE former_ids ADD COLUMN deleted_version bigint, ADD COLUMN deleted_unit bigint NOT NULL DEFAULT 1;

CREATE OR REPLACE FUNCTION keep_former_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO former_ids (geniacs_id, integration_id, entity_type, local_id)
    VALUES (OLD.geniacs_id, OLD.integration_id, OLD.entity_type, OLD.local_id)
    ON CONFLICT (geniacs_id, integration_id, entity_type) DO UPDATE
        SET local_id = excluded.local_id, since = excluded.since, deleted_version = NULL;
    RETURN NULL;
END $$;
