DROP FUNCTION touch_updated_at();
DROP FUNCTION geniacs_now();
DROP TYPE chunk_state, chunk_kind, schedule_catch_up, schedule_overlap, user_role, webhook_state, log_level, field_type,
    sync_status, sync_direction, sync_type, entity_type;
