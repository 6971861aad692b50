-- How many records lose a value or change in this chunk, noted before that happens: a run that would clear or change an
-- unusual share of them stops and asks.
ALTER TABLE sync_chunks ADD COLUMN cleared bigint NOT NULL DEFAULT 0;
ALTER TABLE sync_chunks ADD COLUMN changed bigint NOT NULL DEFAULT 0;
