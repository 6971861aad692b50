-- agreed: for each Geniacs field what Geniacs said or confirmed last; null is a value, and a field that is not there is
-- unknown. Links of older versions keep no nulls. held: where the local column holds something else for it without having
-- been changed, {"amount": [what Geniacs said, what is held]}. content_hash is the SHA-256 of what is held of all fields.
ALTER TABLE record_links ADD COLUMN held json;
-- What a push is sending, or sent without an answer: its echo may come before its answer.
ALTER TABLE record_links ADD COLUMN sending json;
-- Whether a run that was to update nothing saw a change of Geniacs': a push is not to overwrite that.
ALTER TABLE record_links ADD COLUMN passed_over boolean NOT NULL DEFAULT false;
