-- Failed logins that the audit log does not have yet: a row for each network, counted until its minute is over.
CREATE TABLE failed_logins (
    -- An IPv4 address, or the network of an IPv6 address; `::` where it is unknown.
    network inet PRIMARY KEY,
    attempts bigint NOT NULL DEFAULT 1,
    began_at timestamptz NOT NULL DEFAULT geniacs_now(),
    last_at timestamptz NOT NULL DEFAULT geniacs_now()
);
INSERT INTO service_grants (role_name, table_name, privileges)
VALUES ('geniacs_gateway', 'failed_logins', 'SELECT, INSERT, UPDATE, DELETE');
SELECT apply_service_grants();

-- Addresses are looked up by one form (domain::EmailKey). Those outside of ASCII are stored in it, as new ones are.
UPDATE users u SET email = lower(normalize(btrim(email), NFKC))
WHERE email ~ '[^[:ascii:]]'
  AND NOT EXISTS (SELECT FROM users o WHERE o.id <> u.id AND lower(o.email) = lower(normalize(btrim(u.email), NFKC)));
