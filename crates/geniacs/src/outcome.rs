//! The outcome of each pushed record.

use crate::reason::message_in;
use crate::record::read_id;
use serde_json::{Map, Value};

/// The partner's answer to a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushAnswer {
    /// One for each record, in the order of the request.
    pub results: Vec<RecordResult>,
    /// Which failures it counts without naming them.
    pub unnamed: Unnamed,
}

/// Failures that an answer only counts: smaller requests tell which records they are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// None, or one of the only record that was sent.
    None,
    /// Some of several records have failed.
    Some,
    /// All of them have, perhaps because of one.
    All,
}

/// The outcome of one record. An `id` is the one that the partner gave, else the one that was sent, else none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordResult {
    /// New at the partner.
    Created {
        /// The partner's id.
        id: Option<String>,
    },
    /// Changed at the partner.
    Updated {
        /// The partner's id.
        id: Option<String>,
    },
    /// Already equal.
    Unchanged {
        /// The partner's id.
        id: Option<String>,
    },
    /// Removed at the partner.
    Deleted {
        /// The partner's id.
        id: Option<String>,
    },
    /// Taken, the partner did not say how.
    Succeeded {
        /// The id that was sent, if any.
        id: Option<String>,
    },
    /// Not taken.
    Failed {
        /// The partner's type: `validation_error` is final, every other is worth another attempt.
        error_type: String,
        /// The partner's words, masked.
        message: String,
        /// Whether to try again, for this record alone.
        retryable: bool,
    },
    /// The answer says nothing about it, or contradicts itself.
    Unknown,
}

impl RecordResult {
    /// Whether the partner confirmed that it took the record.
    pub const fn is_success(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::Unknown)
    }

    /// The partner's id, as far as it is known.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Created { id }
            | Self::Updated { id }
            | Self::Unchanged { id }
            | Self::Deleted { id }
            | Self::Succeeded { id } => id.as_deref(),
            Self::Failed { .. } | Self::Unknown => None,
        }
    }

    /// Reads one of the `results`; `sent` is the id that the request gave the record.
    fn of(result: &Map<String, Value>, sent: Option<&str>) -> Self {
        let Ok(given) = read_id(result.get("id"), "id") else { return Self::Unknown };

        let id = given.or_else(|| sent.map(str::to_owned));

        match result.get("status").and_then(Value::as_str) {
            Some("created") => Self::Created { id },
            Some("updated") => Self::Updated { id },
            Some("unchanged") => Self::Unchanged { id },
            Some("deleted") => Self::Deleted { id },
            Some("failed") => Self::failed(result.get("error")),
            // A word that the contract does not know confirms nothing.
            _ => Self::Unknown,
        }
    }

    fn failed(error: Option<&Value>) -> Self {
        let empty = Map::new();
        let error = error.and_then(Value::as_object).unwrap_or(&empty);
        let error_type = error.get("type").and_then(Value::as_str).filter(|name| !name.is_empty());
        let error_type = crate::error::shorten_text(error_type.unwrap_or("unknown_error"), 100);
        Self::Failed { message: message_in(error), retryable: error_type != "validation_error", error_type }
    }
}

impl PushAnswer {
    /// Applies the contract's rules to a 200; `sent` holds the id that each record went with.
    pub(crate) fn of(answer: &Map<String, Value>, sent: &[Option<String>]) -> Self {
        let tells = |results| Self { results, unnamed: Unnamed::None };
        if let Some(results) = answer.get("results").and_then(Value::as_array).filter(|results| !results.is_empty()) {
            return tells(by_index(results, sent));
        }
        let records = sent.len();
        match failed_of(answer, records) {
            None => tells(vec![RecordResult::Unknown; records]),
            Some(0) => tells(sent.iter().map(|id| RecordResult::Succeeded { id: id.clone() }).collect()),
            Some(failed) if failed < records => {
                Self { results: vec![RecordResult::Unknown; records], unnamed: Unnamed::Some }
            }
            Some(_) => Self {
                results: vec![RecordResult::failed(None); records],
                unnamed: if records == 1 { Unnamed::None } else { Unnamed::All },
            },
        }
    }
}

/// How many of so many records have failed by the counts of an answer without results; none where those do not add up.
fn failed_of(answer: &Map<String, Value>, records: usize) -> Option<usize> {
    let count = |name| answer.get(name).map(|count| count.as_u64().and_then(|count| usize::try_from(count).ok()));
    if answer.get("success") == Some(&Value::Bool(false)) {
        return None;
    }
    match (count("failed_records")??, count("synced_records")) {
        // That nothing has failed is enough.
        (0, _) => Some(0),
        (failed, None) => Some(failed).filter(|failed| *failed <= records),
        (failed, Some(synced)) => {
            Some(failed).filter(|failed| synced.and_then(|synced| failed.checked_add(synced)) == Some(records))
        }
    }
}

/// Results come in any order. An index that is missing, or named twice with different outcomes, stays unknown.
fn by_index(results: &[Value], sent: &[Option<String>]) -> Vec<RecordResult> {
    let mut found: Vec<Option<RecordResult>> = vec![None; sent.len()];

    for result in results.iter().filter_map(Value::as_object) {
        let index = result.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let Some((index, slot)) = index.and_then(|index| Some((index, found.get_mut(index)?))) else { continue };

        let outcome = RecordResult::of(result, sent[index].as_deref());
        // Two different outcomes for one record cannot both be true, so neither is believed.
        *slot = match slot.take() {
            Some(earlier) if earlier != outcome => Some(RecordResult::Unknown),
            _ => Some(outcome),
        };
    }

    found.into_iter().map(|outcome| outcome.unwrap_or(RecordResult::Unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use RecordResult::{Created, Succeeded, Unchanged, Unknown};

    fn answer(json: &str, sent: &[Option<&str>]) -> PushAnswer {
        let sent: Vec<_> = sent.iter().map(|id| id.map(str::to_owned)).collect();
        PushAnswer::of(&serde_json::from_str(json).unwrap(), &sent)
    }

    fn results(json: &str, sent: &[Option<&str>]) -> Vec<RecordResult> {
        answer(json, sent).results
    }

    fn created(id: &str) -> RecordResult {
        Created { id: Some(id.to_owned()) }
    }

    #[test]
    fn results_may_come_in_any_order_and_with_gaps() {
        let answer = r#"{"success": true, "results": [
            {"index": 2, "id": 7, "status": "created"}, {"index": 0, "status": "unchanged"},
            {"index": 9, "id": "x", "status": "created"}, {"index": -1}, {"index": "1"}, 5]}"#;
        let expected = [Unchanged { id: Some("cust_1".to_owned()) }, Unknown, created("7")];
        assert_eq!(results(answer, &[Some("cust_1"), None, None]), expected);
    }

    #[test]
    fn an_index_named_twice_counts_only_if_both_agree() {
        let answer = r#"{"results": [
            {"index": 0, "id": "a", "status": "created"}, {"index": 0, "id": "a", "status": "created"},
            {"index": 1, "id": "b", "status": "created"}, {"index": 1, "status": "failed"}]}"#;
        assert_eq!(results(answer, &[None, None]), [created("a"), Unknown]);
    }

    #[test]
    fn a_failed_record_is_final_only_if_it_is_invalid() {
        let answer = r#"{"results": [
            {"index": 0, "status": "failed", "error": {"type": "validation_error", "message": "bad"}},
            {"index": 1, "status": "failed", "error": {"type": "busy"}}, {"index": 2, "status": "failed"},
            {"index": 3, "status": "queued"}]}"#;

        let failed = |error_type: &str, message: &str, retryable| RecordResult::Failed {
            error_type: error_type.to_owned(),
            message: message.to_owned(),
            retryable,
        };

        let expected = [
            failed("validation_error", "bad", false),
            failed("busy", "", true),
            failed("unknown_error", "", true),
            Unknown,
        ];

        assert_eq!(results(answer, &[None; 4]), expected);
    }

    #[test]
    fn without_results_only_no_failure_at_all_confirms_anything() {
        let sent = [Some("cust_1"), None];

        for all in [r#"{"failed_records": 0}"#, r#"{"success": true, "failed_records": 0, "results": null}"#] {
            assert_eq!(
                results(all, &sent),
                [Succeeded { id: Some("cust_1".to_owned()) }, Succeeded { id: None }],
                "{all}"
            );
        }

        for unknown in [
            "{}",
            r#"{"failed_records": 1, "synced_records": 1}"#,
            r#"{"failed_records": "0"}"#,
            r#"{"failed_records": 0, "success": false}"#,
            r#"{"success": true, "synced_records": 2}"#,
        ] {
            assert_eq!(results(unknown, &sent), [Unknown, Unknown], "{unknown}");
        }
    }

    #[test]
    fn failures_that_are_only_counted_are_one_records_own_or_hidden_among_several() {
        for failed in [r#"{"failed_records": 1}"#, r#"{"failed_records": 1, "synced_records": 0}"#] {
            assert_eq!(results(failed, &[Some("cust_1")]), [RecordResult::failed(None)], "{failed}");
        }
        let some = answer(r#"{"failed_records": 1}"#, &[None, None]);
        assert_eq!((some.results, some.unnamed), (vec![Unknown, Unknown], Unnamed::Some));
        let all = answer(r#"{"failed_records": 2, "synced_records": 0, "results": []}"#, &[None, None]);
        assert_eq!((all.results, all.unnamed), (vec![RecordResult::failed(None); 2], Unnamed::All));
        for senseless in [
            r#"{"failed_records": 1, "synced_records": 99}"#,
            r#"{"failed_records": 3}"#,
            r#"{"failed_records": 1, "synced_records": 18446744073709551615}"#,
            r#"{"failed_records": 1, "synced_records": "1"}"#,
            "{}",
        ] {
            let answer = answer(senseless, &[None, None]);
            assert_eq!((answer.results, answer.unnamed), (vec![Unknown, Unknown], Unnamed::None), "{senseless}");
        }
    }

    #[test]
    fn an_id_that_cannot_be_stored_leaves_the_record_unknown() {
        let long = "x".repeat(256);
        let answer = format!(
            r#"{{"results": [{{"index": 0, "id": "{long}", "status": "created"}},
                {{"index": 1, "id": "a\u0000", "status": "created"}}]}}"#
        );
        assert_eq!(results(&answer, &[None, None]), [Unknown, Unknown]);
    }
}
