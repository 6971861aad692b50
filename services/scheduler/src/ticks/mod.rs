//! Due schedules: each tick starts one sync, however many schedulers look at it.

mod decide;

use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::SyncDirection;
use domain::schedule::{CronError, CronExpression};
use domain::sync::SyncRequest;
use messages::v1::WakeReason;
use storage::outbox::OutboxId;
use storage::schedules::Schedule;
use storage::syncs::{self, Accepted, NewSync, Refused, RunSettings};
use storage::ticks::{self, DueSchedule};
use storage::{AsyncConnection as _, Connection, integrations};

use crate::context::Context;
use crate::metrics;
use decide::{Decision, Step, Tick, decide};

/// The lane behind what people ask for by hand.
const SCHEDULED_LANE: i16 = 1;
/// Ticks of one round; the next ring is a second away.
const MOST: usize = 500;
/// A schedule that cannot be evaluated is looked at again after this long.
const UNREADABLE_HOURS: i64 = 1;

/// What one look at the schedules came to.
enum Looked {
    /// Nothing is due any more.
    Nothing,
    /// A tick was dealt with, perhaps with a permit to publish.
    Moved(Option<OutboxId>),
    /// This schedule stays due for now.
    Waits(i64),
}

/// Deals with every tick that is due, each in a transaction of its own.
pub(crate) async fn round(context: Context) -> anyhow::Result<()> {
    let mut passed_over = Vec::new();
    for _ in 0..MOST {
        match look(&context, &passed_over).await? {
            Looked::Nothing => break,
            Looked::Moved(None) => {}
            Looked::Moved(Some(permit)) => context.publish_committed(permit, WakeReason::Scheduled).await,
            Looked::Waits(schedule) => passed_over.push(schedule),
        }
    }
    Ok(())
}

async fn look(context: &Context, passed_over: &[i64]) -> anyhow::Result<Looked> {
    let mut connection = context.connection().await?;
    let looked = connection.transaction(async |connection| match ticks::lock_due(connection, passed_over).await? {
        Some(due) => deal_with(context, connection, &due).await,
        None => Ok(Looked::Nothing),
    });
    looked.await.context("a due schedule could not be dealt with")
}

async fn deal_with(context: &Context, connection: &mut Connection, due: &DueSchedule) -> storage::Result<Looked> {
    let schedule = &due.schedule;
    let decision = match decision(context, due) {
        Ok(decision) => decision,
        Err(error) => {
            tracing::error!(schedule_id = schedule.id, %error, "a schedule cannot be evaluated; it is tried again in an hour");
            metrics::tick("unreadable");
            ticks::advance(connection, schedule.id, due.now + Duration::hours(UNREADABLE_HOURS), false).await?;
            return Ok(Looked::Moved(None));
        }
    };
    match decision.step {
        Step::Wait => return Ok(Looked::Waits(schedule.id)),
        Step::LeaveOut(why) => {
            tracing::info!(schedule_id = schedule.id, tick = %schedule.next_run_at, why, "a tick is left out");
            metrics::tick(why);
            ticks::advance(connection, schedule.id, decision.next_run_at, false).await?;
            return Ok(Looked::Moved(None));
        }
        Step::Run => {}
    }
    let permit = start(context, connection, schedule).await?;
    ticks::advance(connection, schedule.id, decision.next_run_at, true).await?;
    Ok(Looked::Moved(permit))
}

fn decision(context: &Context, due: &DueSchedule) -> Result<Decision, CronError> {
    let schedule = &due.schedule;
    let settings = &context.settings.schedules;
    let tick = Tick {
        cron: read_cron(context, &schedule.cron_expression)?,
        zone: schedule.time_zone.parse::<Tz>().unwrap_or(settings.time_zone),
        scheduled_for: schedule.next_run_at,
        overlap: schedule.overlap,
        catch_up: schedule.catch_up,
        busy: due.busy,
    };
    decide(&tick, due.now)
}

/// Where less than a minute may lie between ticks, an expression may have a sixth field for seconds.
fn read_cron(context: &Context, expression: &str) -> Result<CronExpression, CronError> {
    if context.settings.schedules.min_interval.as_secs() < 60 {
        return CronExpression::parse_with_seconds(expression);
    }
    CronExpression::parse(expression)
}

/// Makes the tick's sync. A tick that has one already only moves on.
async fn start(
    context: &Context,
    connection: &mut Connection,
    schedule: &Schedule,
) -> storage::Result<Option<OutboxId>> {
    let Some(integration) = integrations::find(connection, schedule.integration_id).await? else { return Ok(None) };
    let configuration = schedule.settings();
    let settings = integration.run_settings(defaults(context), Some(&configuration));
    let request = SyncRequest {
        integration_id: schedule.integration_id,
        sync_type: schedule.sync_type,
        entity_type: schedule.entity_type,
        direction: configuration.sync_direction.unwrap_or(SyncDirection::ToGeniacs),
        filters: configuration.filters.unwrap_or_default(),
        options: configuration.options.unwrap_or_default(),
    };
    let tick: (i64, DateTime<Utc>) = (schedule.id, schedule.next_run_at);
    let new = NewSync {
        request: &request,
        settings: &settings,
        lane: SCHEDULED_LANE,
        tick: Some(tick),
        idempotency_key: None,
        traceparent: None,
    };
    Ok(report(schedule, syncs::accept(connection, &new).await?))
}

fn report(schedule: &Schedule, accepted: Result<Accepted, Refused>) -> Option<OutboxId> {
    match accepted {
        Ok(Accepted::New(sync, permit)) => {
            metrics::tick("started");
            tracing::info!(schedule_id = schedule.id, sync_id = sync.id, tick = %schedule.next_run_at, "a schedule ticked");
            permit
        }
        Ok(Accepted::Repeated(_)) | Err(Refused::TickTaken) => {
            metrics::tick("taken");
            None
        }
        Err(Refused::Busy(_)) => {
            metrics::tick("busy");
            None
        }
        Err(Refused::NoIntegration) => None,
    }
}

/// What holds where neither schedule nor integration says otherwise.
fn defaults(context: &Context) -> RunSettings {
    let sync = &context.settings.sync;
    RunSettings {
        batch_size: sync.batch_size,
        timeout_seconds: u32::try_from(context.settings.outbound.timeout.as_secs()).unwrap_or(u32::MAX),
        max_attempts: sync.max_retry_attempts,
        retry_failed: sync.retry_failed_sync,
        max_seconds: u32::try_from(sync.max_sync_duration.as_secs()).unwrap_or(u32::MAX),
        window_seconds: None,
        default_region: "ID".to_owned(),
        default_time_zone: None,
    }
}
