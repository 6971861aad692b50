//! How much of what an integration's partner allows is used.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::integration::RateLimits;
use serde::Serialize;
use storage::partners::integrations::Integration;
use storage::partners::limits::Health;
use utoipa::ToSchema;

/// A sliding rate window that ends now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RateWindowUse)]
pub(super) struct RateWindowView {
    #[schema(value_type = names::RateWindow)]
    per: &'static str,
    limit: i64,
    used: i64,
    left: i64,
    /// When the first of the used requests count no more; null where none is used.
    until: Option<DateTime<Utc>>,
}

/// The windows that the integration's `rate_limits` name.
pub(super) fn rate_windows(row: &Integration, health: Option<&Health>) -> Vec<RateWindowView> {
    let limits: RateLimits = serde_json::from_value(row.rate_limits.clone()).unwrap_or_default();
    let all =
        [("minute", limits.requests_per_minute), ("hour", limits.requests_per_hour), ("day", limits.requests_per_day)];
    let view = |(index, (per, limit)): (usize, (&'static str, Option<u32>))| {
        let limit = i64::from(limit?);
        let used = health.and_then(|health| health.taken.get(index).copied()).unwrap_or(0);
        let until = health.and_then(|health| health.free_from.get(index).copied().flatten());
        Some(RateWindowView { per, limit, used, left: (limit - used).max(0), until })
    };
    all.into_iter().enumerate().filter_map(view).collect()
}
