-- A run with `create_missing: false` or `update_existing: false` leaves records out, so it does not move the position of
-- the runs that take everything. Runs with the same such options have a position of their own.
CREATE TABLE sync_option_positions (
    integration_id bigint NOT NULL REFERENCES geniacs_integrations ON DELETE CASCADE,
    entity_type entity_type NOT NULL,
    direction sync_direction NOT NULL,
    create_missing boolean NOT NULL,
    update_existing boolean NOT NULL,
    -- As in sync_positions.
    changed_xid bigint,
    updated_at timestamptz,
    sync_id bigint REFERENCES geniacs_data_sync ON DELETE SET NULL,
    PRIMARY KEY (integration_id, entity_type, direction, create_missing, update_existing),
    CONSTRAINT leaves_something_out CHECK (NOT (create_missing AND update_existing))
);

INSERT INTO service_grants (role_name, table_name, privileges) VALUES
    ('geniacs_gateway', 'sync_option_positions', 'SELECT'),
    ('geniacs_worker', 'sync_option_positions', 'SELECT, INSERT, UPDATE, DELETE');
SELECT apply_service_grants();
