-- Whether a sync took every record that had changed, from what it was accepted with: its success says that one side is in
-- step with the other as of its beginning.
CREATE FUNCTION sync_takes_everything(data jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sync_kind(data) = 'sync' AND coalesce(data -> 'filters', '{}') = '{}'
        AND coalesce(data #>> '{options,create_missing}', 'true') = 'true'
        AND coalesce(data #>> '{options,update_existing}', 'true') = 'true'
$$;
CREATE INDEX syncs_in_step ON geniacs_data_sync (integration_id, entity_type, sync_direction, started_at)
    WHERE status = 'success' AND sync_takes_everything(data);
