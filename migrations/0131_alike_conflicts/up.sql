-- Which fields a conflict is about, in any order: those of one hash are alike. A hash, since the names of many fields are
-- longer than an index takes.
CREATE FUNCTION conflict_fields_hash(fields jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT md5(coalesce(string_agg(name, ',' ORDER BY name COLLATE "C"), ''))
    FROM jsonb_array_elements_text(jsonb_path_query_array(fields, '$[*].field')) AS names (name)
$$;
CREATE INDEX conflicts_alike ON conflicts (integration_id, conflict_fields_hash(fields), created_at, id);
