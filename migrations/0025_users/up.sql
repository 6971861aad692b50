ALTER TABLE users ADD COLUMN version int NOT NULL DEFAULT 1;
CREATE TRIGGER touch BEFORE UPDATE OF email, name, role, password_hash, is_active ON users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE INDEX api_tokens_newest ON api_tokens (id DESC) WHERE revoked_at IS NULL;
-- Who decided stays known when the person is gone, as in the audit log.
ALTER TABLE conflicts DROP CONSTRAINT conflicts_resolved_by_fkey;
