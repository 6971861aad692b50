//! The service's own clocked work: a clean-up every night, a report every week, by the clock of the service's time zone.
//! Each run is claimed in the database, so that one of many schedulers does it; one that died or was stopped over it
//! leaves it to another. After a downtime the last run that was missed is made up for, once.

mod batches;
mod clean_up;
mod report;

use std::sync::Arc;

use anyhow::Context as _;
use domain::schedule::CronExpression;
use service::CancellationToken;
use storage::starts::schedules;
use storage::upkeep::housekeeping;

use crate::context::Context;
use crate::metrics;
use batches::{Batches, LEASE_SECONDS, Stopped};

/// The jobs, and their times.
#[derive(Debug, Clone, Copy)]
enum Job {
    CleanUp,
    WeeklyReport,
}

const JOBS: [Job; 2] = [Job::CleanUp, Job::WeeklyReport];

impl Job {
    const fn name(self) -> &'static str {
        match self {
            Self::CleanUp => "clean_up",
            Self::WeeklyReport => "weekly_report",
        }
    }

    const fn cron(self) -> &'static str {
        match self {
            Self::CleanUp => "0 2 * * *",
            Self::WeeklyReport => "0 3 * * 1",
        }
    }
}

/// Looks after both jobs.
pub(crate) struct Housekeeping {
    context: Context,
    shutdown: CancellationToken,
    crons: Vec<(Job, CronExpression)>,
}

impl Housekeeping {
    pub(crate) fn new(context: Context, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let crons: Result<_, _> = JOBS.into_iter().map(|job| Ok((job, CronExpression::parse(job.cron())?))).collect();
        Ok(Self {
            context,
            shutdown,
            crons: crons.map_err(|error: domain::schedule::CronError| anyhow::anyhow!(error))?,
        })
    }

    /// Does what is due and nobody else does.
    pub(crate) async fn round(self: Arc<Self>) -> anyhow::Result<()> {
        for (job, cron) in &self.crons {
            self.look_after(*job, cron).await.with_context(|| format!("{} did not end", job.name()))?;
        }
        Ok(())
    }

    async fn look_after(&self, job: Job, cron: &CronExpression) -> anyhow::Result<()> {
        let mut connection = self.context.connection().await?;
        let now = schedules::now(&mut connection).await?;
        let scheduled_for = cron.latest(now, self.context.settings.schedules.time_zone)?;

        let claimed = housekeeping::claim(&mut connection, job.name(), scheduled_for, LEASE_SECONDS).await?;
        // A job can take long, and must not keep a connection meanwhile.
        drop(connection);
        let Some(run) = claimed else { return Ok(()) };

        tracing::info!(job = job.name(), %scheduled_for, "housekeeping begins");
        let batches = Batches::new(&self.context, &run, &self.shutdown);

        let done = match job {
            Job::CleanUp => clean_up::run_clean_up(&batches).await,
            Job::WeeklyReport => report::make_weekly_report(&self.context, scheduled_for).await,
        };

        match done {
            Ok(()) => self.end(job, &run).await,
            // A job that lost its lease, or is stopped by the shutdown, goes on elsewhere.
            Err(error) if error.is::<Stopped>() => {
                tracing::info!(job = job.name(), "housekeeping is left to another scheduler");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn end(&self, job: Job, run: &housekeeping::Run) -> anyhow::Result<()> {
        let mut connection = self.context.connection().await?;
        if housekeeping::finish(&mut connection, run).await? {
            metrics::housekeeping_done(job.name());
            tracing::info!(job = job.name(), "housekeeping is done");
        }
        Ok(())
    }
}
