//! The partner's clock. Its times mean nothing before it is known how far it is from ours, so that a partner that has not
//! answered anything yet is asked before the first of its events is applied.

use super::Limits;
use super::known::{Known, Reason};
use super::pot::ARRIVED;
use crate::account::Accounts;
use crate::failure::Failure;
use geniacs::News;
use std::time::{Duration, Instant};
use storage::Connection;
use storage::partners::{accounts, limits};
use storage::runs::{horizon, logs};

/// Events wait so long for the answer. Without one, the partner's clock is taken to go like ours.
const LONGEST: Duration = Duration::from_secs(2);
/// A partner that did not answer is asked again after this time.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

impl Limits {
    /// Whether a partner of whose clock nothing is known is to be asked for the time.
    pub(crate) async fn needs_time(&self, connection: &mut Connection, integration_id: i64) -> Result<bool, Failure> {
        let is_known = limits::partner_ahead(connection, integration_id).await?.is_some();
        Ok(!is_known && !self.known(integration_id).was_asked_for_time(AGAIN_AFTER))
    }

    /// Stores what the partner's answers have told about its clock, for all workers and for events.
    pub(super) async fn note_clock(&self, known: &Known) {
        let Some(News { ahead, is_first }) = known.clock.news() else { return };
        let id = known.integration_id;
        let seconds = ahead / 1_000_000;
        let message = format!("By its answers, the clock of Geniacs is ahead of the database's by {seconds} s");
        let entry = logs::Entry { level: "warning", message, ..logs::Entry::default() };

        let noted = async {
            let mut connection = self.connection().await.map_err(|error| error.to_string())?;
            let noted = limits::note_partner_ahead(&mut connection, id, ahead, is_first).await;
            noted.map_err(|error| error.to_string())?;
            // A clock that goes like ours is no news for the log.
            if is_first && ahead == 0 {
                return Ok(());
            }
            logs::add(&mut connection, id, None, &[entry]).await.map_err(|error| error.to_string())
        };
        // If it fails, the next claim says what was known before, and the next answers tell it again.
        if let Err(error) = noted.await {
            tracing::warn!(error, integration_id = id, "the partner's clock could not be noted");
        }
    }
}

impl Limits {
    /// Asks a partner for the time. Several at once ask once.
    pub(crate) async fn ask_for_time(&self, accounts: &Accounts, integration_id: i64) {
        let known = self.known(integration_id);
        let mut asked = known.asked_for_time.lock().await;
        if asked.is_some_and(|at| at.elapsed() < AGAIN_AFTER) {
            return;
        }

        if let Err(error) = self.hear_time(accounts, &known).await {
            tracing::info!(%error, integration_id, "the partner does not tell the time; its clock counts as right");
        }
        *asked = Some(Instant::now());
    }

    async fn hear_time(&self, opened: &Accounts, known: &Known) -> Result<(), Failure> {
        let id = known.integration_id;
        let mut connection = self.connection().await?;
        known.read(&limits::standing(&mut connection, id).await?);
        if known.held().is_some_and(|held| held.reason != Reason::Permits) {
            return Ok(());
        }

        let Some(account) = accounts::find(&mut connection, id).await? else { return Ok(()) };
        // It is a request like any other.
        if account.limited && limits::take(&mut connection, id, 1, ARRIVED.as_secs_f64()).await?.granted == 0 {
            return Ok(());
        }

        let asked = Instant::now();
        let now = horizon::clock(&mut connection).await?;
        known.clock.set(chrono::DateTime::from_timestamp_micros(now).unwrap_or_default(), None, asked);
        drop(connection);

        let client = opened.client(&account, LONGEST)?.by_clock(known.clock.clone());
        let answered = client.health().await;
        self.note_clock(known).await;
        answered?;
        Ok(())
    }
}
