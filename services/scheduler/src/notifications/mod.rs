//! Tells people and programs what is the matter: [`look`](Notifications::look) finds what has begun and what is over, and
//! [`send`](Notifications::send) tells it, by [`webhook`] and by [`mail`], in the [`words`] of the rule's language.
//!
//! Both are rows: any number of schedulers look and send, and each notice is begun, ended and taken up by one of them.

mod failure;
mod mail;
mod webhook;
mod words;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use geniacs::{Guard, HttpOptions, Outbound};
use storage::notifications::deliveries::{self, Due};
use storage::notifications::evaluate;
use tokio::time::timeout;

use crate::context::Context;
use crate::metrics;
use failure::NotSent;
use mail::Mailer;

/// Between two looks of one process.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Deliveries that are under way at once.
const AT_ONCE: i64 = 16;
/// The time that one attempt may take: a stop waits for it, and has 15 s.
const DEADLINE: Duration = Duration::from_secs(10);
/// Longer than an attempt and noting how it went take.
const LEASE_SECONDS: f64 = 60.0;
/// Before the second attempt; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Finds what is the matter and tells it.
pub(crate) struct Notifications {
    context: Context,
    outbound: Outbound,
    mailer: Option<Mailer>,
    last_look: Mutex<Option<Instant>>,
}

impl Notifications {
    pub(crate) fn new(context: Context) -> anyhow::Result<Self> {
        let settings = &context.settings;
        let guard = Guard::new(settings.outbound.allow_http, &settings.outbound.allow);
        let outbound = Outbound::new(&HttpOptions::default(), guard)?;
        let mailer = settings.notifications.smtp.as_ref().map(Mailer::new).transpose()?;
        Ok(Self { outbound, mailer, last_look: Mutex::new(None), context })
    }

    /// Begins and ends notices.
    pub(crate) async fn look(self: Arc<Self>) -> anyhow::Result<()> {
        if !self.may_look() {
            return Ok(());
        }

        let mut connection = self.context.connection().await?;
        if !evaluate::is_needed(&mut connection).await? {
            return Ok(());
        }

        let settings = &self.context.settings;
        let settle = settings.notifications.settle.as_secs_f64();
        let looked = evaluate::look(&mut connection, settle, !settings.sync.auto_sync_enabled).await?;

        metrics::count_notices("begun", looked.begun);
        metrics::count_notices("ended", looked.ended);
        Ok(())
    }

    fn may_look(&self) -> bool {
        let mut last = self.last_look.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|at| at.elapsed() >= LOOK_EVERY);
        if may {
            *last = Some(Instant::now());
        }
        may
    }

    /// Sends what is due.
    pub(crate) async fn send(self: Arc<Self>) -> anyhow::Result<()> {
        let mut connection = self.context.connection().await?;
        // A delivery whose last attempt never ended must not be claimed again.
        let given_up = deliveries::give_up(&mut connection).await?;
        metrics::notice_deliveries("given_up", given_up as u64);

        let due = deliveries::claim(&mut connection, AT_ONCE, LEASE_SECONDS).await?;
        // Sending takes seconds, and must not keep a connection meanwhile.
        drop(connection);

        for noted in join_all(due.iter().map(|due| self.deliver(due))).await {
            // A notice whose sending could not be noted is sent again once its lease is over.
            noted?;
        }
        Ok(())
    }

    async fn deliver(&self, due: &Due) -> anyhow::Result<()> {
        let attempt = AssertUnwindSafe(timeout(DEADLINE, self.tell(due))).catch_unwind().await;
        let failure = match attempt {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(failure))) => Some(failure),
            Ok(Err(_)) => Some(NotSent::Timeout(DEADLINE.as_secs())),
            Err(_) => Some(NotSent::Panic),
        };

        let mut connection = self.context.connection().await?;
        let Some(failure) = failure else {
            deliveries::note_sent(&mut connection, due.id, due.attempts).await?;
            metrics::notice_deliveries("sent", 1);
            return Ok(());
        };

        let (code, message) = (failure.code(), failure.to_string());
        let again = wait_before(due.attempts).as_secs_f64();
        let is_given_up = deliveries::note_failed(&mut connection, due.id, due.attempts, code, &message, again).await?;

        metrics::notice_deliveries(if is_given_up { "given_up" } else { "failed" }, 1);

        let (rule, attempts) = (due.rule_id, due.attempts);
        tracing::warn!(rule, delivery = due.id, attempts, code, is_given_up, "a notice was not delivered");
        Ok(())
    }

    async fn tell(&self, due: &Due) -> Result<(), NotSent> {
        let settings = &self.context.settings;
        let words = words::notice_words(due, settings.dashboard.address.as_ref(), settings.schedules.time_zone);

        match &due.address {
            Some(address) => {
                let mailer = self.mailer.as_ref().ok_or(NotSent::NoServer)?;
                mailer.send(due, address, words).await
            }
            None => webhook::send_webhook(&self.outbound, settings, due, &words).await,
        }
    }
}

/// How long to wait after this attempt.
fn wait_before(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt - 1).unwrap_or_default().min(10);
    FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        assert_eq!(wait_before(1), Duration::from_secs(30));
        assert_eq!(wait_before(2), Duration::from_mins(1));
        assert_eq!(wait_before(8), LONGEST_WAIT);
        assert_eq!(wait_before(i32::MAX), LONGEST_WAIT);
    }
}
