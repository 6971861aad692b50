UPDATE conflicts c SET resolved_by = NULL WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = c.resolved_by);
ALTER TABLE conflicts ADD CONSTRAINT conflicts_resolved_by_fkey
    FOREIGN KEY (resolved_by) REFERENCES users ON DELETE SET NULL;
DROP INDEX api_tokens_newest;
DROP TRIGGER touch ON users;
ALTER TABLE users DROP COLUMN version;
