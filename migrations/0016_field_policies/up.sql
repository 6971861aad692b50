-- Who wins when both sides changed this field; null: as the integration's configuration says.
ALTER TABLE geniacs_field_mappings ADD COLUMN conflict_policy conflict_policy;
