-- What the listing of a run has shown that is to delete what it does not show; gone with the run's end.
CREATE TABLE sync_sightings (
    sync_id bigint NOT NULL REFERENCES geniacs_data_sync ON DELETE CASCADE,
    geniacs_id varchar(255) NOT NULL,
    PRIMARY KEY (sync_id, geniacs_id)
);
