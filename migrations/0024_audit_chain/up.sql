-- The audit log as a chain: each entry is signed together with the one before it, by a key that the database does not know.
ALTER TABLE audit_log
    -- Without gaps, from 1. Null: written before there was a chain.
    ADD COLUMN seq bigint,
    -- HMAC-SHA256 over the entry and the mac before it.
    ADD COLUMN mac bytea,
    ADD CONSTRAINT audit_log_signed CHECK ((seq IS NULL) = (mac IS NULL));
CREATE UNIQUE INDEX audit_log_chain ON audit_log (seq);

-- Whoever writes an entry locks this one row, last of all.
CREATE TABLE audit_chain (
    id bigint PRIMARY KEY CHECK (id = 1),
    -- The signing key, sealed by the key ring for this place; made with the first entry.
    key_encrypted text,
    -- The last entry's id before the chain began.
    starts_after bigint NOT NULL DEFAULT 0,
    -- The last entry that retention took away.
    anchor_seq bigint NOT NULL DEFAULT 0,
    anchor_mac bytea NOT NULL DEFAULT '',
    -- The newest entry.
    seq bigint NOT NULL DEFAULT 0,
    mac bytea NOT NULL DEFAULT '',
    -- HMAC-SHA256 over the four above and starts_after, so that a tail that was cut off is missed.
    head_mac bytea NOT NULL DEFAULT ''
);
INSERT INTO audit_chain (id) VALUES (1);

-- Each filter of the list has an index that ends with its order.
CREATE INDEX audit_log_time ON audit_log (created_at, id);
CREATE INDEX audit_log_action ON audit_log (action, created_at, id);
CREATE INDEX audit_log_user ON audit_log (user_id, created_at, id);
DROP INDEX audit_log_subject;
CREATE INDEX audit_log_subject ON audit_log (subject_type, subject_id, created_at, id);
