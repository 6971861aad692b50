-- Everything that all workers share about one partner account is one row: its pauses, its breaker, its rate windows.
ALTER TABLE integration_limits
    SET (fillfactor = 50),
    -- Permits by window (minute, hour, day) and sixtieth of it: 60 slots behind the present one, and five ahead of it for
    -- permits that may still be used then. The number of the last slot counts sixtieths since 1970.
    ADD COLUMN permits_taken int[] NOT NULL DEFAULT '{}',
    ADD COLUMN permits_upto bigint[] NOT NULL DEFAULT '{}',
    -- When a permit can be there, once one was asked for in vain.
    ADD COLUMN permits_from timestamptz,
    -- The breaker: failures one after another; since when it is open; when a probe may go.
    ADD COLUMN failures int NOT NULL DEFAULT 0,
    ADD COLUMN opened_at timestamptz,
    ADD COLUMN next_probe_at timestamptz,
    ADD COLUMN probe_wait_seconds double precision,
    -- Credentials that were refused hold everything back until they change or a test passes.
    ADD COLUMN credentials_refused_at timestamptz,
    ADD COLUMN next_test_at timestamptz,
    -- Until when nothing is taken up. What holds work back need not be told apart where work is claimed.
    ADD COLUMN held_until timestamptz GENERATED ALWAYS AS (
        CASE WHEN credentials_refused_at IS NOT NULL THEN 'infinity'::timestamptz
             ELSE greatest(paused_until, next_probe_at, permits_from) END) STORED;
CREATE INDEX limits_tests ON integration_limits (next_test_at) WHERE credentials_refused_at IS NOT NULL;

-- The claim goes by lane, by integrations in turn, and by waiting time; every tenth by waiting time alone.
DROP INDEX chunks_claim;
CREATE INDEX chunks_turns ON sync_chunks (lane, integration_id, available_at, id) WHERE state = 'open';
CREATE INDEX chunks_oldest ON sync_chunks (available_at, id) WHERE state = 'open';

-- Takes up to `wanted` permits that may be used for `valid_seconds` (at most 5) from now on, or says after how many
-- seconds one can be there. A permit counts where it may be used at the latest. Whatever stretch as long as a window
-- one looks at, its requests had permits that were all counted when the last of them was given: that is why the slot 60
-- behind the present one still counts.
CREATE FUNCTION take_permits(which bigint, wanted int, valid_seconds double precision,
    OUT granted int, OUT wait_seconds double precision, OUT counted bigint[]) LANGUAGE plpgsql AS $$
DECLARE
    slots CONSTANT int := 66;
    lengths CONSTANT int[] := '{1, 60, 1440}';
    seconds CONSTANT double precision := extract(epoch FROM geniacs_now());
    limits int[];
    former integration_limits;
    taken int[] := array_fill(0, ARRAY[3, slots]);
    upto bigint[] := '{0, 0, 0}';
    shift bigint;
    total int;
    slot int;
BEGIN
    INSERT INTO integration_limits (integration_id) VALUES (which) ON CONFLICT DO NOTHING;
    SELECT * INTO former FROM integration_limits WHERE integration_id = which FOR NO KEY UPDATE;
    SELECT ARRAY[(i.rate_limits ->> 'requests_per_minute')::int, (i.rate_limits ->> 'requests_per_hour')::int,
                 (i.rate_limits ->> 'requests_per_day')::int]
        INTO limits FROM geniacs_integrations i WHERE i.id = which;
    granted := wanted;
    wait_seconds := 0;
    FOR w IN 1..3 LOOP
        -- Whoever waited for the lock may know an earlier time than its last holder did: windows never move back.
        upto[w] := greatest(floor(seconds / lengths[w])::bigint + 5, coalesce(former.permits_upto[w], 0));
        shift := upto[w] - coalesce(former.permits_upto[w], 0);
        total := 0;
        FOR s IN 1..slots LOOP
            IF s + shift <= slots THEN
                taken[w][s] := coalesce(former.permits_taken[w][s + shift], 0);
                total := total + taken[w][s];
            END IF;
        END LOOP;
        CONTINUE WHEN limits[w] IS NULL;
        granted := least(granted, greatest(limits[w] - total, 0));
        slot := 0;
        WHILE total >= limits[w] AND slot < slots LOOP
            slot := slot + 1;
            total := total - taken[w][slot];
        END LOOP;
        IF slot > 0 THEN
            wait_seconds := greatest(wait_seconds, (upto[w] - slots + slot + 61) * lengths[w] - seconds);
        END IF;
    END LOOP;
    counted := '{0, 0, 0}';
    FOR w IN 1..3 LOOP
        slot := greatest(least(floor((seconds + valid_seconds) / lengths[w])::bigint - upto[w] + slots, slots), 61);
        taken[w][slot] := taken[w][slot] + granted;
        counted[w] := upto[w] - slots + slot;
    END LOOP;
    UPDATE integration_limits SET permits_taken = taken, permits_upto = upto,
        permits_from = CASE WHEN granted = 0 THEN geniacs_now() + make_interval(secs => wait_seconds) END
    WHERE integration_id = which;
END $$;

-- Takes back permits that were not used, out of the slots in which they were counted.
CREATE FUNCTION give_back_permits(which bigint, unused int, counted bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    slots CONSTANT int := 66;
    former integration_limits;
    slot bigint;
BEGIN
    SELECT * INTO former FROM integration_limits WHERE integration_id = which FOR NO KEY UPDATE;
    FOR w IN 1..3 LOOP
        slot := counted[w] - former.permits_upto[w] + slots;
        IF slot BETWEEN 1 AND slots THEN
            former.permits_taken[w][slot] := greatest(former.permits_taken[w][slot] - unused, 0);
        END IF;
    END LOOP;
    UPDATE integration_limits SET permits_taken = former.permits_taken, permits_from = NULL WHERE integration_id = which;
END $$;
