//! The faults that the partner API shows on demand.

mod dice;
mod lies;
mod limits;
mod manners;
mod patch;
mod refusals;
mod webhooks;

pub(crate) use dice::{Fate, FaultBox, RequestDecision};
pub use lies::Lie;
pub use limits::{FailNext, Outage, RateLimit};
pub use manners::{ListBy, Precision};
pub use patch::InvalidFaults;
pub use refusals::{RejectRule, Versions};
pub use webhooks::WebhookFaults;

use domain::EntityType;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The faults, as `POST /admin/faults` sets them. Rates are shares of all requests to the partner API, from 0 to 1,
/// unless they say otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub struct Faults {
    /// How long every answer takes.
    pub latency_ms: u64,
    /// How much longer, at random, it may take.
    pub latency_jitter_ms: u64,
    /// Answers so many requests; each one after them is applied, and its answer is held until this is taken back.
    pub hold_after: Option<u64>,
    /// Answers with `error_status`, before anything is applied.
    pub error_rate: f64,
    /// The status of `error_rate` and `late_error_rate`; 500 if it is not set. A 3xx leads to another host.
    pub error_status: Option<u16>,
    /// The next requests that get a status of their own.
    pub fail_next: Option<FailNext>,
    /// Times at which nothing works.
    pub outage: Option<Outage>,
    /// Applies the request, then answers with `error_status`.
    pub late_error_rate: f64,
    /// Drops the connection before anything is applied.
    pub reset_rate: f64,
    /// Applies the request, then drops the connection.
    pub lose_answer_rate: f64,
    /// Applies the request, then never answers.
    pub hang_rate: f64,
    /// Applies the request, then sends half of the answer and drops the connection.
    pub cut_body_rate: f64,
    /// Applies the request, then answers with the first half of the JSON as if that were all.
    pub half_json_rate: f64,
    /// Applies the request, then answers 200 with an HTML page.
    pub html_rate: f64,
    /// Applies the request, then sends the answer byte by byte.
    pub drip_rate: f64,
    /// The pause between two bytes; a second if it is not set.
    pub drip_ms: Option<u64>,

    /// Answers 429 with `retry_after`.
    pub throttle_rate: f64,
    /// The `Retry-After` of a 429 or a 503: a number of seconds or any text; none if it is not set.
    pub retry_after: Option<Value>,
    /// Requests per window, one limit or a list; beyond any of them 429. The tightest one is shown in
    /// `X-RateLimit-Remaining` and `X-RateLimit-Reset`.
    #[serde(deserialize_with = "limits::one_or_several")]
    pub rate_limit: Vec<RateLimit>,
    /// A 429 of `rate_limit` does not say how long to wait.
    pub hide_retry_after: bool,
    /// Answers do not show how much of `rate_limit` is left.
    pub hide_rate_headers: bool,

    /// Records that are refused.
    pub reject: Vec<RejectRule>,
    /// The share of records that is refused with `validation_error`, the same ones every time.
    pub reject_rate: f64,
    /// The share of records that fails with `temporary_error`; the next time it is others.
    pub stumble_rate: f64,
    /// Refuses the whole request with this status (400 or 422) and names the records, instead of failing them alone.
    pub reject_status: Option<u16>,
    /// `reject_status` does not name the records.
    pub reject_unnamed: bool,
    /// A record that refers to one that is not here fails with `unknown_reference`.
    pub check_references: bool,
    /// What happens to a pushed version that is older than the stored one.
    pub versions: Versions,
    /// Entities that this partner does not have (404).
    pub missing: Vec<EntityType>,
    /// Records, by id or `external_id`, that cannot be shown: asked for one of them by name, the partner answers 500.
    pub fail_reads: Vec<String>,
    /// More records in one request than this are too large (413).
    pub max_records: Option<usize>,
    /// A longer body than this is too large (413).
    pub max_bytes: Option<usize>,

    /// Requests are taken whatever their signature is. The key still counts.
    pub ignore_signature: bool,
    /// Idempotency keys mean nothing.
    pub ignore_idempotency: bool,
    /// The `external_id` parameter means nothing.
    pub ignore_external_id_filter: bool,
    /// Pushed records are kept without their `external_id`: one without a Geniacs id is always a new one.
    pub forget_external_id: bool,
    /// The `updated_since` parameter means nothing.
    pub ignore_updated_since: bool,
    /// Answers to pushes carry counts only.
    pub omit_results: bool,
    /// Results come last record first.
    pub reverse_results: bool,

    /// Deleted records are not listed.
    pub hide_deleted: bool,
    /// A listing begins with an empty page, and each page repeats a record and holds one more than asked for.
    pub odd_pages: bool,
    /// How listings lie: the first walk through an entity as the first one says, and so on, then from the start again.
    pub listings: Vec<Lie>,

    /// A push replaces all fields of a record instead of adding to them.
    pub replace_records: bool,
    /// Numbers that are pushed are kept as whole numbers.
    pub round_numbers: bool,
    /// The order of listings.
    pub list_by: ListBy,
    /// Records are shown without `updated_at`.
    pub hide_updated_at: bool,
    /// How exactly times are shown, in answers and events.
    pub time_precision: Precision,
    /// How many seconds the partner's clock is ahead: in `Date`, `updated_at` and events; behind, if negative.
    pub clock_ahead_seconds: i64,
    /// The share of pages after the first whose cursor has died (410).
    pub dead_cursor_rate: f64,
    /// Empty fields are shown as an empty text.
    pub empty_texts: bool,
    /// A failure is answered 200 with `"success": false` and the error.
    pub fail_with_200: bool,

    /// What happens to webhooks on their way.
    pub webhooks: WebhookFaults,
    /// Starts the random numbers anew.
    pub seed: Option<u64>,
}
