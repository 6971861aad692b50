//! Shows how many integrations are held back by their partners.

use storage::partners::limits;

use crate::context::Context;
use crate::metrics;

pub(crate) async fn round(context: Context) -> anyhow::Result<()> {
    let counts = limits::held_counts(&mut *context.connection().await?).await?;
    metrics::held("credentials_refused", counts.credentials_refused);
    metrics::held("paused", counts.paused);
    metrics::held("breaker_open", counts.breaker_open);
    metrics::held("rate_limited", counts.rate_limited);
    Ok(())
}
