//! Shows how many integrations are held back by their partners.

use storage::partners::limits;

use crate::context::Context;
use crate::metrics;

pub(crate) async fn release_held(context: Context) -> anyhow::Result<()> {
    let counts = limits::held_counts(&mut *context.connection().await?).await?;
    metrics::set_held("credentials_refused", counts.credentials_refused);
    metrics::set_held("paused", counts.paused);
    metrics::set_held("breaker_open", counts.breaker_open);
    metrics::set_held("rate_limited", counts.rate_limited);
    Ok(())
}
