DROP INDEX syncs_of_plan;
DROP TABLE sync_plan_items;
DROP TYPE plan_action;
