ALTER TABLE geniacs_field_mappings DROP COLUMN conflict_policy;
