DROP INDEX plan_items_by_geniacs_id;
