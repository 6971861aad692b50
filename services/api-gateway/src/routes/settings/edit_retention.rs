//! `PATCH /api/geniacs/settings/retention`

use super::body::RetentionChange;
use super::view::RetentionView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, IfMatch, JsonBody};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::Reason;
use domain::retention::{AUDIT_DAYS, Kept, LOG_DAYS, MONITORING_MONTHS, SYNCS_DAYS, WEBHOOK_EVENTS_DAYS};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use service::settings::RetentionSettings;
use storage::Connection;
use storage::upkeep::retention_settings::{self, Decided};

/// There is one of them.
const ID: i64 = 1;

/// Decides how long rows are kept, from the next clean-up on. Null gives a field back to the settings.
pub(crate) async fn edit_retention(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let version = IfMatch::of(&request)?;
    let settings = state.settings.retention.clone();
    let edit = RetentionEdit { version, settings, caller, body };
    let view = state.database.transaction(move |c| edit.run(c).boxed()).await?;
    let version = view.version();
    Ok(answer::tagged(answer::done("Retention updated successfully", json!({"retention": view})), version))
}

pub(crate) fn describe_edit_retention() -> Operation {
    let answer = Answer::one::<RetentionView>("retention").says("Retention updated successfully").tagged();
    Operation::new("edit_retention", "Decides how long rows are kept, from the next clean-up on", answer)
        .if_match()
        .body::<RetentionChange>()
}

struct RetentionEdit {
    version: IfMatch,
    settings: RetentionSettings,
    caller: Caller,
    body: Fields,
}

impl RetentionEdit {
    async fn run(self, connection: &mut Connection) -> Result<RetentionView, ApiError> {
        let current = retention_settings::lock(connection).await?;
        self.version.check(current.version)?;
        let changed = retention_settings::decide(connection, &read_retention(self.body, &current.decided)?).await?;
        let view = RetentionView::new(&changed, &self.settings);

        let change = Change {
            action: "retention.updated",
            subject_type: "retention",
            subject_id: ID,
            before: Some(answer::value(&RetentionView::new(&current, &self.settings))),
            after: Some(answer::value(&view)),
        };
        audit::record_change(connection, &self.caller, change).await?;
        Ok(view)
    }
}

/// What an edit makes of what was decided.
fn read_retention(mut body: Fields, current: &Decided) -> Result<Decided, ApiError> {
    let mut field = |kept: Kept, current: Option<i32>| {
        // Null gives a field back to the settings; a field that is absent stays as it is.
        if body.has(kept.name) { body.optional(kept.name, |value| retention_time(kept, value)) } else { current }
    };

    let decided = Decided {
        log_days: field(LOG_DAYS, current.log_days),
        webhook_events_days: field(WEBHOOK_EVENTS_DAYS, current.webhook_events_days),
        syncs_days: field(SYNCS_DAYS, current.syncs_days),
        monitoring_months: field(MONITORING_MONTHS, current.monitoring_months),
        audit_days: field(AUDIT_DAYS, current.audit_days),
    };

    body.finish(Some(decided))
}

fn retention_time(kept: Kept, value: &Value) -> Result<i32, Reason> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|n| kept.range().contains(n));
    let number = number.and_then(|number| i32::try_from(number).ok());
    let message = format!("must be a whole number from {} to {}", kept.least, kept.most);
    number.ok_or_else(|| Reason::new("range", message).between(kept.least, kept.most))
}
