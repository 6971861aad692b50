DROP INDEX conflicts_alike;
DROP FUNCTION conflict_fields_hash(jsonb);
