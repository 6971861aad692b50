//! Records of all six entities.

use super::run::seed_records;
use crate::app::App;
use domain::EntityType;
use serde::Deserialize;

/// How much of everything: the other entities are as many as a provider of so many customers has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Everything {
    pub(crate) customers: usize,
    pub(crate) seed: Option<u64>,
}

impl Everything {
    /// Entities and counts, in the order of dependence. For 10,000 customers: 40 NAS servers, 12,000 subscriptions,
    /// 30,000 invoices, 25,000 payments, 100,000 monitoring samples.
    pub(crate) fn counts(self) -> [(EntityType, usize); 6] {
        let customers = self.customers;
        [
            (EntityType::NasServers, (customers / 250).max(2)),
            (EntityType::Customers, customers),
            (EntityType::Subscriptions, customers + customers / 5),
            (EntityType::Invoices, customers * 3),
            (EntityType::Payments, customers * 5 / 2),
            (EntityType::MonitoringData, customers * 10),
        ]
    }
}

/// Makes them.
pub(crate) fn seed_everything(app: &App, order: Everything) {
    for (entity, count) in order.counts() {
        seed_records(app, entity, count, order.seed.unwrap_or(app.config.seed));
    }
}
