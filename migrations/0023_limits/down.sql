DROP FUNCTION give_back_permits(bigint, int, bigint[]);
DROP FUNCTION take_permits(bigint, int, double precision);
DROP INDEX chunks_oldest;
DROP INDEX chunks_turns;
CREATE INDEX chunks_claim ON sync_chunks (lane, available_at, id) WHERE state = 'open';
DROP INDEX limits_tests;
ALTER TABLE integration_limits
    DROP COLUMN held_until,
    DROP COLUMN next_test_at,
    DROP COLUMN credentials_refused_at,
    DROP COLUMN probe_wait_seconds,
    DROP COLUMN next_probe_at,
    DROP COLUMN opened_at,
    DROP COLUMN failures,
    DROP COLUMN permits_from,
    DROP COLUMN permits_upto,
    DROP COLUMN permits_taken,
    RESET (fillfactor);
