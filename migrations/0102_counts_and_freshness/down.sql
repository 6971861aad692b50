DROP INDEX syncs_in_step;
DROP FUNCTION sync_takes_everything(jsonb);
