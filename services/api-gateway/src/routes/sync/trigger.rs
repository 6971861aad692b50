//! `POST /api/geniacs/sync/trigger`

use super::request::Asked;
use super::view::TriggeredView;
use super::{estimate, idempotency, request};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::routes::mappings::default_mappings;
use crate::state::State;
use crate::{answer, trace, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::sync::SyncRequest;
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::integrations::{self, Integration};
use storage::mappings;
use storage::outbox::OutboxId;
use storage::syncs::{self, Accepted, NewSync, Refused, SyncRow};

/// Syncs that a person or a program asked for come first.
const LANE: i16 = 0;

/// Accepts a sync: it runs, or waits in line.
pub(crate) async fn trigger(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let key = idempotency::key(&http)?;
    let asked = request::read(body)?;
    let shared = state.clone().into_inner();
    let work = Work { state: shared, caller, asked, key, traceparent: trace::parent() };
    let (view, permit) = state.database.transaction(move |c| work.run(c).boxed()).await?;
    wake::worker(&state, permit);
    Ok(answer::done("Sync triggered successfully", json!({"sync": view})))
}

struct Work {
    state: Arc<State>,
    caller: Caller,
    asked: Asked,
    key: Option<String>,
    traceparent: Option<String>,
}

impl Work {
    /// The integration's lock holds from here on, so that what is checked stays true until the commit.
    async fn run(self, connection: &mut Connection) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        let request = &self.asked.request;
        let locked = integrations::lock(connection, request.integration_id).await?;
        let integration = locked.ok_or(ApiError::NotFound("integration"))?;
        check_enabled(&integration)?;
        self.ensure_mappings(connection).await?;
        let estimated = estimate::records(connection, self.asked.descriptor, request).await?;
        match self.accept(connection, &integration).await? {
            Accepted::Repeated(first) => {
                idempotency::check_same(&first, request)?;
                Ok((TriggeredView::new(first, estimated), None))
            }
            Accepted::New(sync, permit) => {
                self.audit(connection, &sync).await?;
                Ok((TriggeredView::new(sync, estimated), permit))
            }
        }
    }

    async fn accept(&self, connection: &mut Connection, integration: &Integration) -> Result<Accepted, ApiError> {
        let settings = integration.run_settings(self.state.run_defaults(), None);
        let new = NewSync {
            request: &self.asked.request,
            settings: &settings,
            lane: LANE,
            tick: None,
            idempotency_key: self.key.as_deref(),
            traceparent: self.traceparent.as_deref(),
        };
        syncs::accept(connection, &new).await?.map_err(|refused| match refused {
            Refused::NoIntegration => ApiError::NotFound("integration"),
            Refused::Busy(id) => {
                ApiError::Conflict("sync_running", format!("sync {id} of the same integration and entity is under way"))
            }
            Refused::TickTaken => ApiError::Internal("a sync without a tick found its tick taken"),
        })
    }

    /// An entity that nobody has mapped gets its default mappings, where the settings want it. One whose mappings were
    /// all turned off stays as it is.
    async fn ensure_mappings(&self, connection: &mut Connection) -> Result<(), ApiError> {
        let SyncRequest { integration_id, entity_type, .. } = self.asked.request;
        if !mappings::active_for(connection, integration_id, entity_type).await?.is_empty() {
            return Ok(());
        }
        let of_entity =
            mappings::Filter { integration_id: Some(integration_id), entity_type: Some(entity_type), is_active: None };
        let new = default_mappings(integration_id, entity_type);
        let wanted = self.state.settings.mappings.auto_create && !new.is_empty();
        if !wanted || mappings::count(connection, of_entity).await? > 0 {
            let message = format!("`{entity_type}` has no active field mapping in this integration; create one first");
            return Err(ApiError::invalid("entity_type", message));
        }
        mappings::insert(connection, new).await?;
        Ok(())
    }

    async fn audit(&self, connection: &mut Connection, sync: &SyncRow) -> Result<(), ApiError> {
        let request = &self.asked.request;
        let after = json!({
            "integration_id": request.integration_id,
            "sync_type": request.sync_type,
            "entity_type": request.entity_type,
            "sync_direction": request.direction,
            "filters": request.filters,
            "options": request.options,
        });
        let change = Change {
            action: "sync.triggered",
            subject_type: "sync",
            subject_id: sync.id,
            before: None,
            after: Some(after),
        };
        Ok(audit::record(connection, &self.caller, change).await?)
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
