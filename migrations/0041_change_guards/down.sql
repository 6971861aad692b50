ALTER TABLE sync_chunks DROP COLUMN cleared, DROP COLUMN changed;
