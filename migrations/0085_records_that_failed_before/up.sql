-- Whether a chunk takes up records again that its run had counted as failed, so that progress does not run backwards while
-- they wait. An older service leaves it as it is, and shows less for that while.
ALTER TABLE sync_chunks ADD COLUMN failed_before boolean NOT NULL DEFAULT false;
