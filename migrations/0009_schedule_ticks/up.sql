CREATE TYPE tick_outcome AS ENUM ('run', 'missed', 'skipped');

-- What became of every tick: written by the transaction that moves its schedule on.
CREATE TABLE schedule_ticks (
    schedule_id bigint NOT NULL REFERENCES geniacs_sync_schedules ON DELETE CASCADE,
    scheduled_for timestamptz NOT NULL,
    outcome tick_outcome NOT NULL,
    -- Its sync, until retention takes that.
    sync_id bigint REFERENCES geniacs_data_sync ON DELETE SET NULL,
    -- Why there is none, or what else the run stands for.
    reason varchar(500),
    created_at timestamptz NOT NULL DEFAULT geniacs_now(),
    PRIMARY KEY (schedule_id, scheduled_for)
);
CREATE INDEX schedule_ticks_of_sync ON schedule_ticks (sync_id) WHERE sync_id IS NOT NULL;
CREATE INDEX schedule_ticks_created ON schedule_ticks (created_at);

-- When an entity that has auto_sync and no schedule was last synced by its interval.
CREATE TABLE interval_runs (
    integration_id bigint NOT NULL REFERENCES geniacs_integrations ON DELETE CASCADE,
    entity_type entity_type NOT NULL,
    last_at timestamptz NOT NULL DEFAULT geniacs_now(),
    PRIMARY KEY (integration_id, entity_type)
);

-- A deleted schedule, sync or chunk is looked for here.
CREATE INDEX record_errors_of_chunk ON sync_record_errors (chunk_id);
