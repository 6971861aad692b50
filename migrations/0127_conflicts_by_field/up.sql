-- Conflicts that are alike: those in which both sides have changed a field.
CREATE INDEX conflicts_of_field ON conflicts USING gin (jsonb_path_query_array(fields, '$[*].field'));
