//! How a test starts syncs, goes on with them and waits for their ends.

use super::{Bench, LIMIT, run_settings};
use domain::run_mode::{FailureFilter, Origin};
use domain::sync::{Filters, Starter, SyncOptions, SyncRequest};
use domain::{EntityType, SyncDirection, SyncType};
use storage::Connection;
use storage::runs::syncs::{self, Accepted, Cancelled, NewSync, RunSettings, StartedBy, SyncRow};
use test_support::eventually;

impl Bench {
    pub(crate) fn request(&self, sync_type: SyncType, direction: SyncDirection) -> SyncRequest {
        SyncRequest {
            integration_id: self.integration_id,
            sync_type,
            entity_type: EntityType::Customers,
            direction,
            filters: Filters::default(),
            options: SyncOptions::default(),
        }
    }

    pub(crate) async fn trigger(&self, request: &SyncRequest) -> i64 {
        let policy = self.ask("SELECT configuration ->> 'conflict_policy' FROM geniacs_integrations LIMIT 1").await;
        let settings = RunSettings { conflict_policy: policy.parse().unwrap_or_default(), ..run_settings() };
        self.trigger_with(request, &settings).await
    }

    pub(crate) async fn trigger_with(&self, request: &SyncRequest, settings: &RunSettings) -> i64 {
        if request.direction != SyncDirection::FromGeniacs {
            self.changes_are_below_the_horizon().await;
        }
        self.accept(request, settings, None).await
    }

    /// Triggers a sync at once, whatever other transactions hide from it.
    pub(crate) async fn accept(&self, request: &SyncRequest, settings: &RunSettings, origin: Option<Origin>) -> i64 {
        self.accept_only(request, settings, origin, None).await
    }

    async fn accept_only(
        &self,
        request: &SyncRequest,
        settings: &RunSettings,
        origin: Option<Origin>,
        retry_only: Option<&FailureFilter>,
    ) -> i64 {
        let asked_for = NewSync::asked_for(request, settings, StartedBy::system(Starter::User));
        let new = NewSync { origin, retry_only, ..asked_for };
        let mut connection = self.connection().await;
        let accepted =
            diesel_async::AsyncConnection::transaction(&mut *connection, async |connection: &mut Connection| {
                syncs::accept(connection, &new).await
            })
            .await
            .expect("the sync is stored");
        match accepted {
            Ok(Accepted::New(sync, _)) => sync.id,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Retries an ended sync of this kind and waits for its end.
    pub(crate) async fn retry(&self, ended: &SyncRow, settings: &RunSettings) -> SyncRow {
        self.go_on(ended, settings, Origin::RetryOf(ended.id)).await
    }

    /// Retries some of the failures of an ended sync of this kind and waits for its end.
    pub(crate) async fn retry_only(&self, ended: &SyncRow, only: &FailureFilter, settings: &RunSettings) -> SyncRow {
        let name = "a name of the domain";
        let request = self.request(ended.sync_type.parse().expect(name), ended.sync_direction.parse().expect(name));
        let id = self.accept_only(&request, settings, Some(Origin::RetryOf(ended.id)), Some(only)).await;
        self.ended(id).await
    }

    /// Carries out the plan of a dry run and waits for the end of that.
    pub(crate) async fn apply(&self, planned: &SyncRow, settings: &RunSettings) -> SyncRow {
        self.go_on(planned, settings, Origin::PlanOf(planned.id)).await
    }

    /// Goes on where an interrupted sync stopped, and waits for the end of that.
    pub(crate) async fn resume(&self, interrupted: &SyncRow, settings: &RunSettings) -> SyncRow {
        self.go_on(interrupted, settings, Origin::ResumeOf(interrupted.id)).await
    }

    pub(crate) async fn start_resuming(&self, interrupted: &SyncRow, settings: &RunSettings) -> i64 {
        self.begin(interrupted, settings, Origin::ResumeOf(interrupted.id)).await
    }

    /// Compares both sides and waits for the end of that.
    pub(crate) async fn check(&self, settings: &RunSettings) -> SyncRow {
        let mut request = self.request(SyncType::Full, SyncDirection::Bidirectional);
        request.options.dry_run = true;
        let id = self.accept(&request, settings, Some(Origin::Check)).await;
        self.ended(id).await
    }

    async fn go_on(&self, ended: &SyncRow, settings: &RunSettings, origin: Origin) -> SyncRow {
        let id = self.begin(ended, settings, origin).await;
        self.ended(id).await
    }

    async fn begin(&self, ended: &SyncRow, settings: &RunSettings, origin: Origin) -> i64 {
        let name = "a name of the domain";
        let request = self.request(ended.sync_type.parse().expect(name), ended.sync_direction.parse().expect(name));
        self.accept(&request, settings, Some(origin)).await
    }

    /// Asks for the end of a sync of customers.
    pub(crate) async fn cancel(&self, id: i64) -> Cancelled {
        let mut connection = self.connection().await;
        diesel_async::AsyncConnection::transaction(&mut *connection, async |connection: &mut Connection| {
            syncs::cancel(connection, id, EntityType::Customers).await
        })
        .await
        .expect("the request is stored")
    }

    /// Waits for transactions of other tests on the same server: the change position waits for them too.
    async fn changes_are_below_the_horizon(&self) {
        let here = self.ask("pg_current_xact_id()").await;
        let passed = format!("pg_snapshot_xmin(pg_current_snapshot()) > '{here}'::xid8");
        eventually("older transactions end", LIMIT, async || (self.ask(&passed).await == "true").then_some(())).await;
    }

    /// Waits for the end of a sync.
    pub(crate) async fn ended(&self, id: i64) -> SyncRow {
        eventually("the sync ends", LIMIT, async || {
            let sync = syncs::find(&mut *self.connection().await, id).await.expect("a row").expect("the sync");
            sync.completed_at.is_some().then_some(sync)
        })
        .await
    }

    /// Triggers a sync and waits for its end.
    pub(crate) async fn run(&self, sync_type: SyncType, direction: SyncDirection) -> SyncRow {
        self.run_entity(EntityType::Customers, sync_type, direction).await
    }

    pub(crate) async fn run_entity(
        &self,
        entity: EntityType,
        sync_type: SyncType,
        direction: SyncDirection,
    ) -> SyncRow {
        let request = SyncRequest { entity_type: entity, ..self.request(sync_type, direction) };
        let id = self.trigger(&request).await;
        self.ended(id).await
    }
}
