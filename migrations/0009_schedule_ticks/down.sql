DROP INDEX record_errors_of_chunk;
DROP TABLE interval_runs, schedule_ticks;
DROP TYPE tick_outcome;
