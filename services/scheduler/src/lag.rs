//! How long an open transaction has held local changes back. Positions count transactions of the whole server, so that one
//! that stays open anywhere delays every incremental and real-time push; nothing is missed, but somebody should know.

use std::sync::{Arc, Mutex, PoisonError};

use storage::runs::horizon::{self, Horizon};

use crate::context::Context;
use crate::metrics;

/// Watches the horizon.
pub(crate) struct Lag {
    context: Context,
    /// When the horizon was first seen where it stands.
    since: Mutex<Option<Horizon>>,
}

impl Lag {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, since: Mutex::new(None) }
    }

    /// Shows the lag as it is now.
    pub(crate) async fn round(self: Arc<Self>) -> anyhow::Result<()> {
        let now = horizon::now(&mut *self.context.connection().await?).await?;
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let first = first_seen(*since, now);
        *since = Some(first);
        metrics::local_changes_lag(if now.holds_back { (now.at - first.at).max(0.0) } else { 0.0 });
        Ok(())
    }
}

/// When the horizon has come to where it stands `now`, and has held something back ever since.
fn first_seen(before: Option<Horizon>, now: Horizon) -> Horizon {
    before.filter(|before| before.xid == now.xid && before.holds_back).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_counts_from_when_the_horizon_began_to_hold_something_back() {
        let at = |xid, holds_back, at| Horizon { xid, holds_back, at };
        let held = first_seen(None, at(7, true, 100.0));
        assert_eq!(held, at(7, true, 100.0));
        assert_eq!(first_seen(Some(held), at(7, true, 130.0)), held, "it stands");
        assert_eq!(first_seen(Some(held), at(9, true, 130.0)), at(9, true, 130.0), "it has moved");
        let idle = at(7, false, 100.0);
        assert_eq!(first_seen(Some(idle), at(7, true, 160.0)), at(7, true, 160.0), "nothing waited before");
    }
}
