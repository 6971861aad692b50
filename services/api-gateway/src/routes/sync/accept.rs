//! From a request that was understood to a sync that runs or waits in line.

use super::view::TriggeredView;
use super::{estimate, idempotency};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::routes::mappings::default_mappings;
use crate::state::State;
use domain::Reason;
use domain::SyncDirection;
use domain::run_mode::{FailureFilter, Origin};
use domain::sync::SyncRequest;
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::entities::Descriptor;
use storage::outbox::OutboxId;
use storage::partners::integrations::{self, Integration};
use storage::partners::mappings;
use storage::runs::plan_items;
use storage::runs::syncs::{self, Accepted, NewSync, Refused, SyncRow};
use storage::starts::schedules::Schedule;

/// A sync that a caller asks for.
pub(in crate::routes) struct RequestedSync {
    pub(in crate::routes) state: Arc<State>,
    pub(in crate::routes) caller: Caller,
    pub(in crate::routes) request: SyncRequest,
    pub(in crate::routes) descriptor: &'static Descriptor,
    /// The header `Idempotency-Key`.
    pub(in crate::routes) key: Option<String>,
    pub(in crate::routes) traceparent: Option<String>,
    /// The ended sync that it goes on from.
    pub(in crate::routes) origin: Option<Origin>,
    /// Which failures of a sync that it retries it takes; none: all.
    pub(in crate::routes) retry_only: Option<FailureFilter>,
    /// The schedule that is run now.
    pub(in crate::routes) schedule: Option<Schedule>,
}

impl RequestedSync {
    /// Accepts the sync, and gives the permit to publish after the commit. The integration's lock holds from here on,
    /// so that what is checked stays true until then.
    pub(in crate::routes) async fn accept_and_audit(
        self,
        connection: &mut Connection,
    ) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        match self.begin(connection).await? {
            // The first request wrote its audit entry; a repeat changes nothing.
            (Accepted::Repeated(first), estimated) => {
                idempotency::check_same(&first, &self.request, self.origin)?;
                Ok((TriggeredView::new(first, estimated), None))
            }
            (Accepted::New(sync, permit), estimated) => {
                self.audit(connection, &sync).await?;
                Ok((TriggeredView::new(sync, estimated), permit))
            }
        }
    }

    /// The same for a sync that is part of another change, whose own audit entry names it. Returns its number.
    pub(in crate::routes) async fn accept_as_part(
        self,
        connection: &mut Connection,
    ) -> Result<(i64, Option<OutboxId>), ApiError> {
        match self.begin(connection).await?.0 {
            Accepted::Repeated(first) => Ok((first.id, None)),
            Accepted::New(sync, permit) => Ok((sync.id, permit)),
        }
    }

    async fn begin(&self, connection: &mut Connection) -> Result<(Accepted, Option<i64>), ApiError> {
        let locked = integrations::lock(connection, self.request.integration_id).await?;
        let integration = locked.ok_or(ApiError::NotFound("integration"))?;
        check_enabled(&integration)?;
        self.check_room(connection).await?;
        self.check_origin(connection).await?;
        self.ensure_mappings(connection).await?;

        let estimated = self.estimate(connection).await?;
        Ok((self.insert(connection, &integration).await?, estimated))
    }

    async fn insert(&self, connection: &mut Connection, integration: &Integration) -> Result<Accepted, ApiError> {
        let schedule = self.schedule.as_ref().map(Schedule::settings);
        let defaults = self.state.run_defaults();
        let settings = integration.run_settings(self.request.entity_type, defaults, schedule.as_ref());
        let new = NewSync {
            schedule_id: self.schedule.as_ref().map(|schedule| schedule.id),
            idempotency_key: self.key.as_deref(),
            traceparent: self.traceparent.as_deref(),
            origin: self.origin,
            retry_only: self.retry_only.as_ref(),
            ..NewSync::asked_for(&self.request, &settings, self.caller.started_by())
        };

        syncs::accept(connection, &new).await?.map_err(|refused| match refused {
            Refused::NoIntegration => ApiError::NotFound("integration"),
            Refused::Busy(id) => {
                ApiError::Conflict("sync_running", format!("sync {id} of the same integration and entity is under way"))
            }
            Refused::TickTaken => ApiError::Internal("a sync without a tick found its tick taken"),
        })
    }

    /// Bounds the syncs that wait: each of them is looked at again and again. A repeat of a request makes no sync.
    async fn check_room(&self, connection: &mut Connection) -> Result<(), ApiError> {
        let (integration_id, most) = (self.request.integration_id, self.state.settings.sync.max_pending);
        let is_full = syncs::has_most_pending(connection, integration_id, most).await?;
        if is_full && !self.is_repeated(connection).await? {
            let message =
                format!("{most} syncs of this integration wait already; cancel some, or wait until they have run");
            return Err(ApiError::Conflict("too_many_pending", message));
        }

        Ok(())
    }

    /// A sync is retried by one sync at a time, and its plan is applied once.
    async fn check_origin(&self, connection: &mut Connection) -> Result<(), ApiError> {
        let (busy, code, does) = match self.origin {
            Some(Origin::RetryOf(id)) => {
                self.check_failures(connection, id).await?;
                let busy = syncs::retry_under_way(connection, self.request.integration_id, id).await?;
                (busy, "sync_running", format!("retries sync {id} already"))
            }
            Some(Origin::ResumeOf(id)) => return super::resume::check_resumable(connection, id).await,
            Some(Origin::PlanOf(id)) if !self.is_repeated(connection).await? => {
                let applied = plan_items::applied_by(connection, id).await?;
                (applied, "already_applied", format!("applies the plan of sync {id} already; make a new dry run"))
            }
            _ => return Ok(()),
        };

        busy.map_or(Ok(()), |busy| Err(ApiError::Conflict(code, format!("sync {busy} {does}"))))
    }

    /// Where a cause or records are named, some of the failures have to be of them.
    async fn check_failures(&self, connection: &mut Connection, id: i64) -> Result<(), ApiError> {
        let Some(only) = &self.retry_only else { return Ok(()) };
        let nothing = |message: String| Err(ApiError::Conflict("nothing_to_retry", message));
        let Some(failed) = syncs::failures_of(connection, id, only).await? else {
            return nothing(format!("sync {id} was stopped before it knew its records; retry it as a whole"));
        };

        let ways: &[bool] = match self.request.direction {
            SyncDirection::ToGeniacs => &[true],
            SyncDirection::FromGeniacs => &[false],
            SyncDirection::Bidirectional => &[true, false],
        };
        for push in ways {
            if syncs::count_failed(connection, &failed, *push).await? > 0 {
                return Ok(());
            }
        }

        nothing(format!("no record that failed in sync {id} is of what was asked for"))
    }

    /// Whether the idempotency key made a sync before, which is then the answer.
    async fn is_repeated(&self, connection: &mut Connection) -> Result<bool, ApiError> {
        let Some(key) = &self.key else { return Ok(false) };
        Ok(syncs::find_by_key(connection, self.request.integration_id, key).await?.is_some())
    }

    async fn estimate(&self, connection: &mut Connection) -> Result<Option<i64>, ApiError> {
        match self.origin {
            Some(Origin::RetryOf(id)) => {
                let only = self.retry_only.clone().unwrap_or_default();
                if let Some(failed) = syncs::failures_of(connection, id, &only).await? {
                    let push = self.request.direction == SyncDirection::ToGeniacs;
                    return Ok(Some(syncs::count_failed(connection, &failed, push).await?));
                }
            }
            Some(Origin::PlanOf(id)) => return Ok(Some(plan_items::count_applied(connection, id, None).await?)),
            Some(Origin::ResumeOf(id)) => {
                return Ok(syncs::interrupted(connection, id).await?.and_then(|sync| sync.rest));
            }
            Some(Origin::Check) | None => {}
        }

        Ok(estimate::estimate_records(connection, self.descriptor, &self.request).await?)
    }

    /// An entity that nobody has mapped gets its default mappings, where the settings want it. One whose mappings were
    /// all turned off stays as it is.
    async fn ensure_mappings(&self, connection: &mut Connection) -> Result<(), ApiError> {
        let SyncRequest { integration_id, entity_type, .. } = self.request;
        if !mappings::active_for(connection, integration_id, entity_type).await?.is_empty() {
            return Ok(());
        }

        let of_entity =
            mappings::Filter { integration_id: Some(integration_id), entity_type: Some(entity_type), is_active: None };
        let new = default_mappings(integration_id, entity_type);
        let wanted = self.state.settings.mappings.auto_create && !new.is_empty();
        if !wanted || mappings::count(connection, of_entity).await? > 0 {
            let message = format!("`{entity_type}` has no active field mapping in this integration; create one first");
            return Err(ApiError::invalid("entity_type", Reason::new("no_mapping", message)));
        }

        mappings::insert(connection, new).await?;
        Ok(())
    }

    async fn audit(&self, connection: &mut Connection, sync: &SyncRow) -> Result<(), ApiError> {
        let request = &self.request;
        let mut after = json!({
            "integration_id": request.integration_id,
            "sync_type": request.sync_type,
            "entity_type": request.entity_type,
            "sync_direction": request.direction,
            "filters": request.filters,
            "options": request.options,
        });
        if let Some(schedule) = &self.schedule {
            after["schedule_id"] = json!(schedule.id);
        }

        let action = match self.origin {
            None => "sync.triggered",
            Some(Origin::RetryOf(_)) => "sync.retried",
            Some(Origin::PlanOf(_)) => "sync.applied",
            Some(Origin::ResumeOf(_)) => "sync.resumed",
            Some(Origin::Check) => "consistency_check.started",
        };

        if let Some(origin) = self.origin {
            after[origin.name()] = origin.value();
        }
        if let Some(only) = &self.retry_only {
            after["retry_only"] = json!(only);
        }

        let change = Change { action, subject_type: "sync", subject_id: sync.id, before: None, after: Some(after) };
        audit::record_change(connection, &self.caller, change).await
    }
}

fn check_enabled(integration: &Integration) -> Result<(), ApiError> {
    if !integration.is_active {
        return Err(ApiError::Conflict("integration_inactive", "the integration is not active".to_owned()));
    }
    if !integration.sync_enabled {
        return Err(ApiError::Conflict("sync_disabled", "syncs are turned off for this integration".to_owned()));
    }
    Ok(())
}
