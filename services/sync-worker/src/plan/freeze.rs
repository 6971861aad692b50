//! Freezing what a sync works by: mappings, settings, filters and options, for all of its phases.

use super::begin;
use super::phase::Phase;
use super::walk::Walk;
use crate::failure::Failure;
use crate::frozen::{AcceptedData, AcceptedOrigin, FrozenPlan};
use crate::run::{compile, context};
use crate::worker::Worker;
use domain::run_mode::Source;
use mapping::FieldMapping;
use storage::Connection;
use storage::partners::mappings;
use storage::runs::chunks;
use storage::runs::syncs;
use storage::runs::syncs::SyncHead;

/// Makes the plan, stores it, and begins the first phase.
pub(super) async fn freeze(
    connection: &mut Connection,
    worker: &Worker,
    head: &SyncHead,
) -> Result<FrozenPlan, Failure> {
    let accepted: AcceptedData =
        serde_json::from_value(head.data.clone()).map_err(|e| Failure::fatal("request_unreadable", e.to_string()))?;
    let AcceptedData { filters, options, settings, effect, origin } = accepted;

    let filtered = Source::of_filters(filters);
    let (mappings, source) = match origin {
        AcceptedOrigin::Itself => (active_mappings(connection, head).await?, filtered),
        AcceptedOrigin::RetryOf(failed) => {
            // A run that was stopped before it knew its records is made anew, with its filters.
            let failed = syncs::failures_of(connection, failed.sync_id, &failed.only).await?;
            (active_mappings(connection, head).await?, failed.map_or(filtered, Source::Failed))
        }
        AcceptedOrigin::PlanOf(planned) => (planned_mappings(connection, planned).await?, Source::Planned(planned)),
        AcceptedOrigin::ResumeOf(interrupted) => {
            // Together they are one run, so that it goes on by that plan, whatever its source is.
            match super::resume::take_over(connection, head, interrupted).await? {
                Some(frozen) => return Ok(frozen),
                None => (active_mappings(connection, head).await?, filtered),
            }
        }
    };
    compile(head.entity, &mappings, &context(&settings))?;

    let mut frozen = FrozenPlan {
        mappings,
        settings,
        source,
        effect,
        options,
        selection: None,
        done_below: None,
        updated_since: None,
    };
    let overlap = worker.settings.sync.pull_overlap;
    begin::begin(connection, head, &mut frozen, Walk::default(), Phase::first(head.direction), overlap).await?;
    Ok(frozen)
}

async fn active_mappings(connection: &mut Connection, head: &SyncHead) -> Result<Vec<FieldMapping>, Failure> {
    let entity = head.entity;
    let rows = mappings::active_for(connection, head.integration_id, entity).await?;
    if rows.is_empty() {
        return Err(Failure::fatal(
            "no_mapping",
            format!("{entity} has no active field mapping; add one and trigger again"),
        ));
    }
    Ok(rows.into_iter().map(FieldMapping::from).collect())
}

/// A plan is carried out by the mappings that it was made with, whatever became of them since.
async fn planned_mappings(connection: &mut Connection, planned: i64) -> Result<Vec<FieldMapping>, Failure> {
    let gone = || Failure::fatal("plan_missing", format!("the plan of sync {planned} is gone; make a new dry run"));
    let head = syncs::head(connection, planned).await?.ok_or_else(gone)?;
    FrozenPlan::of(&head)?.map(|frozen| frozen.mappings).ok_or_else(gone)
}

/// On a retry: what failed and may do better is sent again, and nothing else; an interrupted pull goes on.
pub(super) async fn take_up_failed(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
) -> Result<(), Failure> {
    if head.retry_count == 0 || head.plan.is_none() || head.open_chunks > 0 {
        return Ok(());
    }

    let walk = Walk::of(head)?;
    if walk.phase != Phase::Push {
        if !walk.complete {
            chunks::add_pull(connection, head.id).await?;
        }
        return Ok(());
    }

    let ids = chunks::take_retryable(connection, head.id).await?;
    begin::add_named_chunks(connection, head.id, &ids, &frozen.settings, true).await?;
    Ok(())
}
