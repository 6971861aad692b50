-- A page of Geniacs' records looks for what is planned for them.
CREATE INDEX plan_items_by_geniacs_id ON sync_plan_items (sync_id, geniacs_id)
    WHERE direction = 'from_geniacs' AND action IN ('create', 'update', 'delete');
