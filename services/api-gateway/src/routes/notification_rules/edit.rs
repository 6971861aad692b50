//! `PATCH /api/geniacs/notification-rules/{id}`

use super::WHAT;
use super::create::{check_integration, set_secret};
use super::new::{CheckedRule, rule_change};
use super::view::RuleView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, IfMatch, JsonBody};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::notifications::rules::Rule;
use storage::notifications::{deliveries, rules};

/// Changes the fields that are given. What goes to addresses that are taken away, or waits when the rule is switched off, is
/// not told any more.
pub(crate) async fn edit_notification_rule(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (id, version) = (input::id(&request, WHAT)?, IfMatch::of(&request)?);
    let edit = RuleEdit { id, version, caller, body, state: state.clone().into_inner() };
    let view = state.database.transaction(move |c| edit.run(c).boxed()).await?;
    let version = view.version();
    let done = answer::done("Notification rule updated successfully", json!({"notification_rule": view}));
    Ok(answer::tagged(done, version))
}

pub(crate) fn describe_edit_notification_rule() -> Operation {
    let answer = Answer::one::<RuleView>("notification_rule").says("Notification rule updated successfully").tagged();
    Operation::new("edit_notification_rule", "Changes a rule for notices", answer)
        .about("Fields that are not given stay as they are; `channel` cannot be changed. What waits to be sent to addresses \
                that are taken away, or of a rule that is switched off, is dropped.")
        .body_of(rule_change())
        .if_match()
        .conflicts("a rule of this name exists (`duplicate_name`)")
}

struct RuleEdit {
    id: i64,
    version: IfMatch,
    caller: Caller,
    body: Fields,
    state: Arc<State>,
}

impl RuleEdit {
    async fn run(self, connection: &mut Connection) -> Result<RuleView, ApiError> {
        let Self { id, version, caller, body, state } = self;
        let current = rules::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
        version.check(current.version)?;

        let asked = CheckedRule::edit(body, &current, state.outbound.guard())?;
        // One that was archived meanwhile may stay.
        if asked.wish.integration_id != current.integration_id {
            check_integration(connection, asked.wish.integration_id).await?;
        }

        let changed = rules::update(connection, id, asked.wish).await?;
        set_secret(connection, &state.keys, id, asked.secret.as_ref()).await?;
        let_go(connection, &changed).await?;

        let before = Some(answer::value(&RuleView::from(current)));
        let view = RuleView::from(changed);
        let after = Some(answer::value(&view));
        let change = Change { action: "notification_rule.updated", subject_type: WHAT, subject_id: id, before, after };
        audit::record_change(connection, &caller, change).await?;
        Ok(view)
    }
}

async fn let_go(connection: &mut Connection, changed: &Rule) -> Result<(), ApiError> {
    let keep = changed.is_active.then_some(changed.addresses.as_slice());
    deliveries::drop_waiting(connection, changed.id, keep).await?;
    Ok(())
}
