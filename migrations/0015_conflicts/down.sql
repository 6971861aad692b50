DROP TABLE conflicts;
DROP TYPE conflict_policy;
DROP TYPE conflict_resolution;
DROP TYPE conflict_state;
ALTER TABLE record_links DROP COLUMN local_changed_at;
ALTER TABLE record_links DROP COLUMN written_at;
ALTER TABLE record_links DROP COLUMN agreed;
