-- Each login makes a token; those that ended long ago go with the nightly clean-up, which sees no hash.
INSERT INTO service_grants (role_name, table_name, privileges) VALUES
    ('geniacs_scheduler', 'api_tokens', 'SELECT (id, revoked_at, expires_at), DELETE');
SELECT apply_service_grants();
