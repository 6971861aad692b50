-- One decision is for open conflicts that are alike. They have an index of their own, and what the hash costs is said as it is:
-- a planner that takes it for cheap works it out for each open conflict instead.
CREATE INDEX conflicts_alike_not_resolved ON conflicts (integration_id, conflict_fields_hash(fields), created_at, id)
    WHERE state <> 'resolved';
ALTER FUNCTION conflict_fields_hash(jsonb) COST 10000;
