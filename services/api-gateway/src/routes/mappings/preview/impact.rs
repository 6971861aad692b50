//! What saving the mappings that are tried would do to records.

use super::plans::Plans;
use mapping::{FieldProblem, Mapped, References, same_json};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Fields of one record that are told apart.
const MOST_CHANGES: usize = 50;

/// What saving the mappings would do to the records that were looked at.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = MappingImpact)]
pub(super) struct ImpactView {
    #[schema(minimum = 0)]
    looked_at: usize,
    /// Records that would say something else on the other side than they do by the saved mappings.
    #[schema(minimum = 0)]
    would_change: usize,
    /// Records that fail and do not by the saved mappings.
    #[schema(minimum = 0)]
    would_newly_fail: usize,
    /// Records that fail by the saved mappings and would not any more.
    #[schema(minimum = 0)]
    would_newly_pass: usize,
}

/// What saving the mappings would do to one record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordImpact)]
pub(super) struct RecordView {
    /// None for one that was given.
    record_id: Option<i64>,
    /// Whether no required field fails.
    valid: bool,
    /// The same by the saved mappings.
    valid_before: bool,
    /// The first fields that differ from what the saved mappings make of them.
    changes: Vec<ChangeView>,
    /// Why it fails, if it does.
    problems: Vec<ProblemView>,
}

/// A field on the other side.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MappedChange)]
struct ChangeView {
    #[schema(example = "email_address")]
    field: String,
    /// By the saved mappings; null also where they leave it out.
    before: Value,
    /// By those that are tried; null also where they leave it out.
    after: Value,
}

/// A field that fails.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MappedProblem)]
struct ProblemView {
    #[schema(example = "email")]
    local_field: String,
    #[schema(example = "email_address")]
    geniacs_field: String,
    /// Its name is what to translate by.
    #[schema(example = "max_length")]
    rule: &'static str,
    #[schema(example = "has more than 50 characters")]
    message: String,
    /// The numbers and names that the message says.
    #[schema(value_type = Object, example = json!({"maximum": 50}))]
    params: Map<String, Value>,
}

impl RecordView {
    pub(super) fn of(plans: &Plans, id: Option<i64>, record: &Map<String, Value>, references: &References) -> Self {
        let after = plans.tried(record, references);
        let before = plans.saved(record, references);
        Self {
            record_id: id,
            valid: after.errors.is_empty(),
            valid_before: before.as_ref().is_some_and(|before| before.errors.is_empty()),
            changes: changed_fields(&before.unwrap_or_default(), &after),
            problems: after.errors.into_iter().map(ProblemView::from).collect(),
        }
    }
}

impl ImpactView {
    pub(super) fn of(records: &[RecordView]) -> Self {
        let number = |is: fn(&&RecordView) -> bool| records.iter().filter(is).count();
        Self {
            looked_at: records.len(),
            // Of a record that fails nothing is sent.
            would_change: number(|record| record.valid && record.valid_before && !record.changes.is_empty()),
            would_newly_fail: number(|record| !record.valid && record.valid_before),
            would_newly_pass: number(|record| record.valid && !record.valid_before),
        }
    }
}

fn changed_fields(before: &Mapped, after: &Mapped) -> Vec<ChangeView> {
    let names = before.fields.keys().filter(|name| !after.fields.contains_key(*name)).chain(after.fields.keys());
    let change = |name: &String| {
        let (before, after) = (before.fields.get(name), after.fields.get(name));
        let is_same = before.zip(after).map_or(before.is_none() && after.is_none(), |(a, b)| same_json(a, b));
        (!is_same).then(|| ChangeView {
            field: name.clone(),
            before: before.cloned().unwrap_or_default(),
            after: after.cloned().unwrap_or_default(),
        })
    };

    names.filter_map(change).take(MOST_CHANGES).collect()
}

impl From<FieldProblem> for ProblemView {
    fn from(problem: FieldProblem) -> Self {
        let FieldProblem { local_field, geniacs_field, rule, message, params, .. } = problem;
        Self { local_field, geniacs_field, rule, message, params }
    }
}
