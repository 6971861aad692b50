DROP INDEX record_links_by_prefix;
