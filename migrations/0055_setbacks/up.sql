-- How often in a row a chunk was put off because of trouble that passes by itself, so that each wait is longer than the
-- one before. An older service leaves it as it is.
ALTER TABLE sync_chunks ADD COLUMN setbacks integer NOT NULL DEFAULT 0;
