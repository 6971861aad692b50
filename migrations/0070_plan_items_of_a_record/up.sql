-- What is planned for a record is looked up by the record. The indexes that begin with the run do not do: a planner that
-- expects few items of a run passes over all of them for each record.
CREATE INDEX plan_items_of_local_record ON sync_plan_items (local_id) WHERE local_id IS NOT NULL;
CREATE INDEX plan_items_of_geniacs_record ON sync_plan_items (geniacs_id)
    WHERE direction = 'from_geniacs' AND action IN ('create', 'update', 'delete');
