//! A provider's data, made up: Indonesian customers with what they have subscribed to, owe and paid, the servers that they
//! dial in to, and what was measured there; with the share of flaws that real data has. A seed makes the same bytes every
//! time, on every machine, in every version: other programs' expectations rest on it.
//!
//! One customer in a hundred has an e-mail address that fails validation, or none ([`Provider::fails_validation`]). All
//! else is as the partner takes it.

mod business;
mod calendar;
mod contact;
mod customer;
mod invoice;
mod line;
mod name;
mod nas_server;
mod payment;
mod place;
mod random;
mod sample;
mod slice;
mod subscription;
mod table;

pub(crate) use contact::phone_like_new;
pub(crate) use line::CopyLine;
pub(crate) use random::Random;
pub(crate) use slice::NumberSlice;
pub(crate) use table::{TABLES, Table};

use domain::EntityType;

/// What is made in one go. Rows refer to rows of the same go, by the ids that these will have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provider {
    pub(crate) seed: u64,
    pub(crate) nas_servers: NumberSlice,
    pub(crate) customers: NumberSlice,
    pub(crate) subscriptions: NumberSlice,
    pub(crate) invoices: NumberSlice,
    pub(crate) payments: NumberSlice,
    pub(crate) samples: NumberSlice,
}

impl Provider {
    /// The rows of an entity, to be set.
    pub(crate) fn slice_mut(&mut self, entity: EntityType) -> &mut NumberSlice {
        match entity {
            EntityType::NasServers => &mut self.nas_servers,
            EntityType::Customers => &mut self.customers,
            EntityType::Subscriptions => &mut self.subscriptions,
            EntityType::Invoices => &mut self.invoices,
            EntityType::Payments => &mut self.payments,
            EntityType::MonitoringData => &mut self.samples,
        }
    }

    /// The rows of an entity.
    pub(crate) fn slice_of(&self, entity: EntityType) -> &NumberSlice {
        match entity {
            EntityType::NasServers => &self.nas_servers,
            EntityType::Customers => &self.customers,
            EntityType::Subscriptions => &self.subscriptions,
            EntityType::Invoices => &self.invoices,
            EntityType::Payments => &self.payments,
            EntityType::MonitoringData => &self.samples,
        }
    }

    /// The entity that has to be made as well, if there is one, as a sentence.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let without = |needing: &NumberSlice, needed: &NumberSlice| needing.count > 0 && needed.count == 0;
        if without(&self.subscriptions, &self.customers) || without(&self.invoices, &self.customers) {
            return Some("subscriptions and invoices belong to customers; give --customers a number above 0");
        }

        if without(&self.payments, &self.invoices) {
            return Some("payments are made for invoices; give --invoices a number above 0");
        }

        if without(&self.samples, &self.nas_servers) && self.subscriptions.count == 0 {
            return Some("samples are taken at NAS servers or subscriptions; give --nas-servers a number above 0");
        }

        None
    }

    /// Randomness for one row of an entity, whatever was made before.
    fn random(&self, entity: EntityType, number: u64) -> Random {
        // Customers have the seed itself: their bytes are older than the other entities.
        let salt = match entity {
            EntityType::Customers => 0,
            EntityType::NasServers => 0x6e61_7300,
            EntityType::Subscriptions => 0x7375_6200,
            EntityType::Invoices => 0x696e_7600,
            EntityType::Payments => 0x7061_7900,
            EntityType::MonitoringData => 0x6d6f_6e00,
        };

        Random::of_item(self.seed ^ (salt << 24), number)
    }
}

#[cfg(test)]
mod tests;
