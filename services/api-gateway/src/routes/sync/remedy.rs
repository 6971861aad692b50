//! What to do about records that failed.

/// Kinds of failures, each with what a person can do. Other kinds are names that a partner made up, or pass by themselves.
const REMEDIES: [(&str, &str); 15] = [
    ("validation_error", "Correct the field in the records, or its mapping, and retry."),
    ("unresolved_reference", "Sync the records that these ones refer to; these follow by themselves."),
    ("duplicate_value", "Another record holds a value that no two may have: correct one of them, and retry."),
    ("data_error", "The database refuses the value: correct it, the mapping or the constraint, and retry."),
    ("record_unreadable", "Correct what is stored of the record here, and retry."),
    ("malformed_record", "Have the record corrected at Geniacs, and sync again."),
    ("duplicate_geniacs_id", "Two records here claim one record of Geniacs: delete or correct one of them, and retry."),
    ("duplicate_match", "Two records of Geniacs belong to one record here: have one of them corrected at Geniacs."),
    ("newer_version", "Geniacs holds a newer version: pull the records, settle what conflicts, and retry."),
    ("rejected", "Geniacs refuses the record: read its message, correct the record or the mapping, and retry."),
    (
        "too_large",
        "The record is larger than Geniacs takes: shorten it, or leave a field out of the mapping, and retry.",
    ),
    ("not_confirmed", "Geniacs did not say whether it took the records: retry; what it took is not sent twice."),
    ("unknown_outcome", "Geniacs did not say whether it took the records: retry; what it took is not sent twice."),
    ("not_sent", "The run was stopped before these records were sent: remove its cause, and retry."),
    ("timeout", "Geniacs took too long: retry later, or raise the integration's timeout_seconds."),
];

const PASSES: &str = "This passes by itself: retry.";
const OTHER: &str = "Read the message, correct the record, the mapping or the other side, and retry.";

/// What to do about failures of this kind.
pub(super) fn remedy_for(error_type: &str, retryable: bool) -> &'static str {
    let known = REMEDIES.iter().find(|(name, _)| *name == error_type).map(|(_, remedy)| *remedy);
    known.unwrap_or(if retryable { PASSES } else { OTHER })
}
