ALTER TABLE sync_chunks DROP COLUMN setbacks;
