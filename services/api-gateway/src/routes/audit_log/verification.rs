//! `GET /api/audit-log/verification`

use crate::access::Caller;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use audit_chain::{Noted, Problem, Report};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// The whole log is read: one at a time.
static TURN: Semaphore = Semaphore::const_new(1);
/// When to come again meanwhile.
const BUSY: Duration = Duration::from_secs(10);
/// A number and a signature in hexadecimal digits.
const MAX_NOTED: usize = 100;

/// Whether the audit log is as it was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditVerification)]
struct VerificationView {
    intact: bool,
    /// Entries that are as they were written, before the first that is not.
    checked: i64,
    /// Older entries, from before there was a chain: nobody can tell whether they were changed.
    unchained: i64,
    /// The last number that retention took away; 0 if it took none.
    removed_upto: i64,
    /// The newest entry: note it elsewhere, to ask for it later.
    #[schema(example = "17:9b74c9897bac770ffc029102a200c5de")]
    newest: String,
    problem: Option<ProblemView>,
}

/// What is wrong first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditProblem)]
struct ProblemView {
    #[schema(example = "changed")]
    kind: &'static str,
    /// The number of the entry, where one is meant.
    number: Option<i64>,
    /// Its row, where one is meant.
    id: Option<i64>,
    #[schema(example = "entry 7 is missing")]
    message: String,
}

/// Reads the whole log, and tells whether it is as it was written.
pub(crate) async fn verify_audit_log(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let noted = query.bounded_text("noted", MAX_NOTED);
    query.finish()?;
    let noted: Option<Noted> = match noted.map(|text| text.parse()) {
        None => None,
        Some(Ok(noted)) => Some(noted),
        Some(Err(_)) => return Err(ApiError::bad_parameter("noted", not_noted())),
    };

    let _turn = TURN.try_acquire().map_err(|_| ApiError::TooManyRequests(BUSY))?;
    let log = caller.log;
    let report = state.database.run(move |c| async move { Ok(log.verify(c, noted.as_ref()).await?) }.boxed()).await?;
    Ok(answer::data(json!({"verification": VerificationView::from(report)})))
}

pub(crate) fn describe_verify_audit_log() -> Operation {
    let answer = Answer::one::<VerificationView>("verification");
    Operation::new("verify_audit_log", "Reads the whole audit log, and tells whether it is as it was written", answer)
        .about("One at a time: 429 while another one is under way.")
        .query(Parameter::text("noted", "`newest` of an earlier verification: it must still be in the log", MAX_NOTED))
}

impl From<Report> for VerificationView {
    fn from(report: Report) -> Self {
        Self {
            intact: report.problem.is_none(),
            checked: report.checked,
            unchained: report.unchained,
            removed_upto: report.removed_upto,
            newest: report.head.to_string(),
            problem: report.problem.map(ProblemView::from),
        }
    }
}

impl From<Problem> for ProblemView {
    fn from(problem: Problem) -> Self {
        let (kind, number, id) = match problem {
            Problem::Changed { number, id } => ("changed", Some(number), Some(id)),
            Problem::Missing { number } => ("missing", Some(number), None),
            Problem::Inserted { id } => ("inserted", None, Some(id)),
            Problem::EndsMissing => ("ends_missing", None, None),
            Problem::Restarted { number } => ("restarted", Some(number), None),
            Problem::EndsChanged => ("ends_changed", None, None),
            Problem::NotAsNoted { number } => ("not_as_noted", Some(number), None),
        };
        Self { kind, number, id, message: problem.to_string() }
    }
}

fn not_noted() -> domain::Reason {
    domain::Reason::new("not_a_verification", "must be `newest` of an earlier verification")
}
