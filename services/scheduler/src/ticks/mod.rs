//! Due schedules: each tick starts one sync, however many schedulers look at it, and what became of each is written down.

mod decide;
mod due;

use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::SyncDirection;
use domain::schedule::{CronError, CronExpression, TickOutcome};
use domain::sync::SyncRequest;
use messages::v1::WakeReason;
use storage::outbox::OutboxId;
use storage::partners::integrations;
use storage::runs::syncs::{self, Accepted, NewSync, Refused};
use storage::sqlstate;
use storage::starts::schedules;
use storage::starts::schedules::Schedule;
use storage::starts::ticks::{self, Blocked, DueSchedule, NewTick};
use storage::{AsyncConnection as _, Connection};

use crate::apart::{TaskSubject, is_its_own};
use crate::context::Context;
use crate::metrics;
use decide::{Tick, TickDecision, TickStep, decide_tick, skipped_tick};

/// Ticks of one round; the next ring is a second away.
const MOST: usize = 500;
/// A schedule that cannot be evaluated is looked at again after this long.
const UNREADABLE_HOURS: i64 = 1;
/// The name under which schedules rest.
const TASK: &str = "schedules";

/// The result of one look at the schedules.
enum ScheduleLook {
    /// Nothing is due any more.
    Nothing,
    /// A tick was dealt with, perhaps with a permit to publish.
    Moved(Option<OutboxId>),
    /// This schedule stays due for now.
    Waits(i64),
}

/// Deals with every tick that is due, each in a transaction of its own.
pub(crate) async fn start_due_schedules(context: Context) -> anyhow::Result<()> {
    let mut passed_over = context.apart.resting(TASK);
    for _ in 0..MOST {
        match look_at_schedule(&context, &passed_over).await? {
            ScheduleLook::Nothing => break,
            ScheduleLook::Moved(None) => {}
            ScheduleLook::Moved(Some(permit)) => context.publish_committed(permit, WakeReason::Scheduled).await,
            ScheduleLook::Waits(schedule) => passed_over.push(schedule),
        }
    }
    Ok(())
}

async fn look_at_schedule(context: &Context, passed_over: &[i64]) -> anyhow::Result<ScheduleLook> {
    let mut connection = context.connection().await?;
    let mut at_hand = None;

    let looked = connection.transaction(async |connection| match ticks::lock_due(connection, passed_over).await? {
        Some(due) => {
            // Known even if the transaction fails: then this schedule has to be passed over.
            at_hand = Some(due.schedule_id);
            let schedule = schedules::read(connection, due.schedule_id).await?;
            deal_with(context, connection, &DueTick { due, schedule }).await
        }
        None => Ok(ScheduleLook::Nothing),
    });

    let looked = looked.await.map_err(anyhow::Error::from);

    drop(connection);

    match (looked, at_hand) {
        (Err(error), Some(schedule)) if is_its_own(&error) => {
            put_off(context, schedule, &error).await;
            Ok(ScheduleLook::Waits(schedule))
        }
        (looked, _) => looked.context("a due schedule could not be handled"),
    }
}

/// Writes down that a schedule cannot be dealt with, and looks at it again in an hour: at its next tick it would only fail
/// once more.
async fn put_off(context: &Context, schedule: i64, error: &anyhow::Error) {
    context.apart.rest(TASK, TaskSubject(schedule, None), error);

    let state = error.downcast_ref().and_then(sqlstate::sqlstate).unwrap_or("unreadable");
    let reason = format!("its sync could not be made ({state}); the scheduler's log says more");

    let written = async {
        let mut connection = context.connection().await?;
        anyhow::Ok(ticks::put_off(&mut connection, schedule, UNREADABLE_HOURS, &reason).await?)
    };
    if let Err(error) = written.await {
        tracing::warn!(schedule_id = schedule, error = format!("{error:#}"), "a failed tick could not be written down");
    }
}

/// A schedule with its tick that is due.
struct DueTick {
    due: DueSchedule,
    schedule: Schedule,
}

async fn deal_with(context: &Context, connection: &mut Connection, tick: &DueTick) -> storage::Result<ScheduleLook> {
    let schedule = &tick.schedule;
    let TickDecision { step, next_run_at, mut left_out } = match decision_for(context, tick) {
        Ok(decision) => decision,
        Err(error) => unreadable_schedule(tick, &error),
    };

    let mut permit = None;
    match step {
        TickStep::Wait => return Ok(ScheduleLook::Waits(schedule.id)),
        TickStep::LeaveOut(why) => {
            tracing::info!(schedule_id = schedule.id, tick = %schedule.next_run_at, why, "a tick is left out");
            metrics::count_ticks(why, left_out.len());
        }
        TickStep::Run(at) => {
            metrics::count_ticks("missed", left_out.len());
            permit = start_scheduled_sync(context, connection, schedule, at, &mut left_out).await?;
        }
    }

    ticks::record(connection, schedule.id, &left_out).await?;
    ticks::advance(connection, schedule.id, next_run_at, matches!(step, TickStep::Run(_))).await?;
    Ok(ScheduleLook::Moved(permit))
}

fn decision_for(context: &Context, tick: &DueTick) -> Result<TickDecision, CronError> {
    let DueTick { due, schedule } = tick;
    let settings = &context.settings.schedules;
    let tick = Tick {
        cron: read_cron(context, &schedule.cron_expression)?,
        zone: schedule.time_zone.parse::<Tz>().unwrap_or(settings.time_zone),
        scheduled_for: schedule.next_run_at,
        due_at: due.due_at,
        overlap: schedule.overlap,
        catch_up: schedule.catch_up,
        busy: due.busy,
        blocked: blocked_reason(context, due),
    };

    decide_tick(&tick, due.now)
}

fn blocked_reason(context: &Context, due: &DueSchedule) -> Option<&'static str> {
    if !context.settings.sync.auto_sync_enabled {
        return Some("GENIACS_AUTO_SYNC_ENABLED is false");
    }
    due.blocked.map(|blocked| match blocked {
        Blocked::Inactive => "the integration is not active",
        Blocked::SyncDisabled => "syncs are turned off for the integration",
        Blocked::AutoSyncOff => "auto_sync is off for the integration",
    })
}

/// Nothing can be said of the schedule's ticks; an edit sets its next one anew.
fn unreadable_schedule(tick: &DueTick, error: &CronError) -> TickDecision {
    let schedule_id = tick.schedule.id;
    tracing::error!(schedule_id, %error, "a schedule cannot be evaluated; it is tried again in an hour");
    TickDecision {
        step: TickStep::LeaveOut("unreadable"),
        next_run_at: tick.due.now + Duration::hours(UNREADABLE_HOURS),
        left_out: vec![skipped_tick(tick.schedule.next_run_at, &error.to_string())],
    }
}

/// Where less than a minute may lie between ticks, an expression may have a sixth field for seconds.
fn read_cron(context: &Context, expression: &str) -> Result<CronExpression, CronError> {
    if context.settings.schedules.min_interval.as_secs() < 60 {
        return CronExpression::parse_with_seconds(expression);
    }
    CronExpression::parse(expression)
}

/// Makes the tick's sync, and adds to `ticks` what became of it. A tick that has one already only moves on.
async fn start_scheduled_sync(
    context: &Context,
    connection: &mut Connection,
    schedule: &Schedule,
    at: DateTime<Utc>,
    ticks: &mut Vec<NewTick>,
) -> storage::Result<Option<OutboxId>> {
    let Some(integration) = integrations::find(connection, schedule.integration_id).await? else { return Ok(None) };

    let configuration = schedule.settings();
    let settings = integration.run_settings(schedule.entity_type, context.run_defaults(), Some(&configuration));

    let request = SyncRequest {
        integration_id: schedule.integration_id,
        sync_type: schedule.sync_type,
        entity_type: schedule.entity_type,
        direction: configuration.sync_direction.unwrap_or(SyncDirection::ToGeniacs),
        filters: configuration.filters.unwrap_or_default(),
        options: configuration.options.unwrap_or_default(),
    };

    let new = NewSync::of_tick(&request, &settings, (schedule.id, &schedule.name), at);

    let most = context.settings.sync.max_pending;
    // A schedule that is faster than its syncs would fill the line without end.
    if syncs::has_most_pending(connection, schedule.integration_id, most).await? {
        metrics::count_ticks("full", 1);
        ticks.push(skipped_tick(
            at,
            &format!("{most} syncs of the integration waited already (GENIACS_SYNC__MAX_PENDING)"),
        ));
        return Ok(None);
    }
    Ok(report_accepted(schedule, at, syncs::accept(connection, &new).await?, ticks))
}

fn report_accepted(
    schedule: &Schedule,
    at: DateTime<Utc>,
    accepted: Result<Accepted, Refused>,
    ticks: &mut Vec<NewTick>,
) -> Option<OutboxId> {
    match accepted {
        Ok(Accepted::New(sync, permit)) => {
            metrics::count_ticks("started", 1);
            tracing::info!(schedule_id = schedule.id, sync_id = sync.id, tick = %at, "a schedule ticked");
            ticks.push(NewTick { scheduled_for: at, outcome: TickOutcome::Run, sync_id: Some(sync.id), reason: None });
            permit
        }
        // Another scheduler has made the sync of this tick; only the schedule has to move on.
        Ok(Accepted::Repeated(_)) | Err(Refused::TickTaken) => {
            metrics::count_ticks("taken", 1);
            None
        }
        Err(Refused::Busy(other)) => {
            metrics::count_ticks("busy", 1);
            ticks.push(skipped_tick(at, &format!("sync {other} was under way, and options.if_running is `reject`")));
            None
        }
        Err(Refused::NoIntegration) => None,
    }
}
