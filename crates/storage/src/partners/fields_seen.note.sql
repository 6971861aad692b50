INSERT INTO geniacs_fields_seen AS f (integration_id, entity_type, name, types, sample_values)
SELECT $1, $2, u.name, u.types, u.sample_values
FROM jsonb_to_recordset($3) AS u (name text, types jsonb, sample_values jsonb)
WHERE (SELECT count(*) FROM geniacs_fields_seen WHERE integration_id = $1 AND entity_type = $2) < {MAX_FIELDS}
    OR EXISTS (SELECT FROM geniacs_fields_seen WHERE integration_id = $1 AND entity_type = $2 AND name = u.name)
ORDER BY u.name
ON CONFLICT (integration_id, entity_type, name) DO UPDATE SET
    last_seen_at = geniacs_now(),
    types = (SELECT jsonb_agg(DISTINCT v) FROM jsonb_array_elements(f.types || excluded.types) AS v),
    sample_values = (
        SELECT coalesce(jsonb_agg(v), '[]') FROM (
            SELECT v FROM jsonb_array_elements(f.sample_values || excluded.sample_values) WITH ORDINALITY AS e (v, at)
            GROUP BY v ORDER BY min(at) LIMIT {MAX_VALUES}) AS kept)
