//! Plans: what a dry run would do with each record, stored, and carried out later for the records that have not moved
//! on since.
//!
//! - [`there`]: what Geniacs holds now.
//! - [`push`]: what a push would change at Geniacs.
//! - [`pull`]: what a page would change here.
//! - [`check`]: what of a page is worth comparing field by field, in a consistency check.
//! - [`apply`]: leaving out what has moved on since the plan was made.

mod apply;
mod check;
mod pull;
mod push;
mod there;

pub(crate) use apply::{apply_planned, keep_planned, moved_on};
pub(crate) use check::differing;
pub(crate) use pull::{items as pulled_items, unusable};
pub(crate) use push::{failures, left_out, plan as plan_push, with_pulled};

use crate::form::Form;
use crate::masking;
use crate::run::Run;
use domain::run_mode::Effect;
use domain::{Counts, PlanAction};
use geniacs::Record;
use serde_json::{Map, Value, json};
use storage::runs::plan_items::NewPlanItem;

/// The items to be stored: a consistency check keeps only what differs.
pub(crate) fn worth_keeping(run: &Run, mut items: Vec<NewPlanItem>) -> Vec<NewPlanItem> {
    match run.frozen.effect {
        Effect::Check => items.retain(|item| !matches!(item.action, PlanAction::Unchanged | PlanAction::Skip)),
        Effect::Apply | Effect::Preview => {}
    }
    items
}

/// Counts planned records.
pub(crate) fn count(items: &[NewPlanItem], counts: &mut Counts) {
    for item in items {
        counts.read += 1;
        *push::counted(item.action)(counts) += 1;
    }
}

/// What Geniacs says of a record in the mapped fields, as it says it.
fn form_there(run: &Run, record: &Record) -> Form {
    let fields: Map<String, Value> = run
        .mapping
        .geniacs_fields()
        .filter_map(|name| Some((name.to_owned(), record.fields.get(name)?.clone())))
        .collect();
    Form::of(&fields)
}

/// A field that would change, as the side that is written has it and would have it.
fn change(field: &str, geniacs_field: &str, old: &Value, new: &Value) -> Value {
    let shown = |value: &Value| match value {
        Value::Null => Value::Null,
        _ if masking::is_secret(field) || masking::is_secret(geniacs_field) => masking::hidden(),
        value => value.clone(),
    };
    json!({"field": field, "geniacs_field": geniacs_field, "old": shown(old), "new": shown(new)})
}
