//! Consistency checks: both sides compared, neither changed. A check is a dry run, so that its repair is its plan.

pub(super) mod create;
pub(super) mod get;
pub(super) mod list;
mod view;

use serde_json::Value;
use storage::runs::syncs::SyncRow;

/// The name of this kind of thing in a 404.
const WHAT: &str = "consistency check";

fn is_check(sync: &SyncRow) -> bool {
    sync.data.get("check").and_then(Value::as_bool) == Some(true)
}
