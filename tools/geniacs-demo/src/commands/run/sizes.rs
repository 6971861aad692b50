//! How much the demo does.

use clap::Args;
use domain::EntityType;

/// The size of each step. A size that is not given follows from the provider's customers.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Sizes {
    /// Customers that the provider was loaded with
    #[arg(long, env = "DEMO_CUSTOMERS", default_value_t = 10_000)]
    customers: u64,
    /// Customers that only the partner has, to be pulled; of the other entities in proportion [default: as many as here]
    #[arg(long, env = "DEMO_PARTNER_RECORDS")]
    partner_records: Option<u64>,
    /// Events that the partner sends [default: one for 10 customers]
    #[arg(long, env = "DEMO_WEBHOOKS")]
    webhooks: Option<u64>,
    /// Records of each entity that change here before the last step [default: one for 100 customers]
    #[arg(long, env = "DEMO_TOUCHED")]
    touched: Option<u32>,
    /// Chooses what the partner makes, and what changes
    #[arg(long, default_value_t = 42)]
    pub(super) seed: u64,
}

impl Sizes {
    /// Records that only the partner has.
    pub(super) fn at_partner(&self, entity: EntityType) -> u64 {
        let customers = self.partner_records.unwrap_or(self.customers);
        match entity {
            EntityType::NasServers => customers.div_ceil(1_000),
            EntityType::Customers | EntityType::Invoices => customers,
            EntityType::Subscriptions => customers * 12 / 10,
            EntityType::Payments => customers * 8 / 10,
            EntityType::MonitoringData => customers * 2,
        }
    }

    /// Events that the partner sends.
    pub(super) fn webhooks(&self) -> u64 {
        self.webhooks.unwrap_or(self.customers.div_ceil(10))
    }

    /// Records that change here; a provider has few servers.
    pub(super) fn touched(&self, entity: EntityType) -> u32 {
        let customers = u32::try_from(self.customers.div_ceil(100)).unwrap_or(u32::MAX);
        let touched = self.touched.unwrap_or(customers);
        if entity == EntityType::NasServers { touched.div_ceil(10) } else { touched }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_is_not_given_follows_from_the_customers() {
        for (customers, webhooks, touched, servers) in
            [(1, 1, 1, 1), (7, 1, 1, 1), (50, 5, 1, 1), (500, 50, 5, 1), (10_000, 1_000, 100, 10)]
        {
            let sizes = Sizes { customers, partner_records: None, webhooks: None, touched: None, seed: 42 };

            assert_eq!(sizes.at_partner(EntityType::Customers), customers);
            assert_eq!(sizes.webhooks(), webhooks);
            assert_eq!(sizes.touched(EntityType::Customers), touched);
            assert_eq!(sizes.touched(EntityType::NasServers), servers);
        }
    }
}
