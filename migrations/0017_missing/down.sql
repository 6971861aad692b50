DROP TABLE sync_sightings;
