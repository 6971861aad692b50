ALTER FUNCTION conflict_fields_hash(jsonb) COST 100;
DROP INDEX conflicts_alike_not_resolved;
