-- The fields that listings of Geniacs were seen to have, for those who write mappings. Values are a few, and masked as in logs.
CREATE TABLE geniacs_fields_seen (
    integration_id bigint NOT NULL REFERENCES geniacs_integrations ON DELETE CASCADE,
    entity_type entity_type NOT NULL,
    name varchar(255) NOT NULL,
    -- Names of JSON types.
    types jsonb NOT NULL,
    sample_values jsonb NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT geniacs_now(),
    last_seen_at timestamptz NOT NULL DEFAULT geniacs_now(),
    PRIMARY KEY (integration_id, entity_type, name)
);

INSERT INTO service_grants (role_name, table_name, privileges) VALUES
    ('geniacs_worker', 'geniacs_fields_seen', 'SELECT, INSERT, UPDATE'),
    ('geniacs_gateway', 'geniacs_fields_seen', 'SELECT');
SELECT apply_service_grants();
