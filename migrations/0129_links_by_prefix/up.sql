-- Records are looked for by the beginning of their Geniacs id.
CREATE INDEX record_links_by_prefix ON record_links (entity_type, geniacs_id text_pattern_ops) WHERE geniacs_id IS NOT NULL;
