//! How much the demo does.

use clap::Args;
use domain::EntityType;

/// How much is done.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Sizes {
    /// Customers that only the partner has, to be pulled; of the other entities in proportion
    #[arg(long, env = "DEMO_PARTNER_RECORDS", default_value_t = 10_000)]
    partner_records: u64,
    /// Events that the partner sends
    #[arg(long, env = "DEMO_WEBHOOKS", default_value_t = 1_000)]
    pub(super) webhooks: u64,
    /// Records of each entity that change here before the last step
    #[arg(long, env = "DEMO_TOUCHED", default_value_t = 100)]
    touched: u32,
    /// Chooses what the partner makes, and what changes
    #[arg(long, default_value_t = 42)]
    pub(super) seed: u64,
}

impl Sizes {
    /// Records that only the partner has.
    pub(super) fn at_partner(&self, entity: EntityType) -> u64 {
        let customers = self.partner_records;
        match entity {
            EntityType::NasServers => customers.div_ceil(1_000),
            EntityType::Customers | EntityType::Invoices => customers,
            EntityType::Subscriptions => customers * 12 / 10,
            EntityType::Payments => customers * 8 / 10,
            EntityType::MonitoringData => customers * 2,
        }
    }

    /// Records that change here; a provider has few servers.
    pub(super) fn touched(&self, entity: EntityType) -> u32 {
        if entity == EntityType::NasServers { self.touched.div_ceil(10) } else { self.touched }
    }
}
