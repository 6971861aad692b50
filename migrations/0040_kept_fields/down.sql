ALTER TABLE record_links DROP COLUMN held, DROP COLUMN sending, DROP COLUMN passed_over;
