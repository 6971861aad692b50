ALTER TABLE sync_chunks DROP COLUMN failed_before;
