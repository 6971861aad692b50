//! The links of new records.

use crate::app::App;
use crate::store::Store;
use domain::EntityType;
use serde_json::{Map, Value};
use std::sync::MutexGuard;

/// What one record refers to: Geniacs ids, and what it takes over from the record it belongs to.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(super) customer: Option<String>,
    pub(super) nas_server: Option<String>,
    pub(super) subscription: Option<String>,
    pub(super) invoice: Option<String>,
    /// Rupiah: a subscription's price, an invoice's total.
    pub(super) amount: Option<u64>,
    /// An invoice's.
    pub(super) status: Option<String>,
    /// When an invoice was paid, if it was.
    pub(super) paid_at: Option<String>,
}

/// The records that can be referred to, kept from changing.
pub(super) struct Targets<'a> {
    entity: EntityType,
    stores: Vec<(EntityType, MutexGuard<'a, Store>)>,
}

impl<'a> Targets<'a> {
    pub(super) fn lock(app: &'a App, entity: EntityType) -> Self {
        use EntityType::{Customers, Invoices, MonitoringData, NasServers, Payments, Subscriptions};
        // In the order of dependence, as is everything that locks several: so nobody waits for each other.
        let targets: &[EntityType] = match entity {
            Customers | NasServers => &[],
            Subscriptions => &[NasServers, Customers],
            Invoices => &[Customers, Subscriptions],
            Payments => &[Customers, Invoices],
            MonitoringData => &[NasServers, Subscriptions],
        };
        Self { entity, stores: targets.iter().map(|target| (*target, app.store(*target))).collect() }
    }

    /// The links of the entity's own record number `index`, so that all targets come in turn.
    pub(super) fn links(&self, index: usize) -> Links {
        match self.entity {
            EntityType::Customers | EntityType::NasServers => Links::default(),
            EntityType::Subscriptions => Links {
                customer: self.id(EntityType::Customers, index),
                nas_server: self.id(EntityType::NasServers, index),
                ..Links::default()
            },
            EntityType::Invoices => self.of_invoice(index),
            EntityType::Payments => self.of_payment(index),
            EntityType::MonitoringData => self.of_sample(index),
        }
    }

    fn of_invoice(&self, index: usize) -> Links {
        let Some((subscription, fields)) = self.record(EntityType::Subscriptions, index) else {
            return Links { customer: self.id(EntityType::Customers, index), ..Links::default() };
        };

        Links {
            customer: text_field(&fields, "customer_id"),
            subscription: Some(subscription),
            amount: whole_field(&fields, "subscription_price"),
            ..Links::default()
        }
    }

    fn of_payment(&self, index: usize) -> Links {
        let Some((invoice, fields)) = self.record(EntityType::Invoices, index) else {
            return Links { customer: self.id(EntityType::Customers, index), ..Links::default() };
        };

        Links {
            customer: text_field(&fields, "customer_id"),
            invoice: Some(invoice),
            amount: whole_field(&fields, "invoice_total_amount"),
            status: text_field(&fields, "invoice_status"),
            paid_at: text_field(&fields, "invoice_paid_at"),
            ..Links::default()
        }
    }

    /// NAS servers and subscriptions by turns.
    fn of_sample(&self, index: usize) -> Links {
        let of_subscription = (index % 2 == 1).then(|| self.record(EntityType::Subscriptions, index / 2)).flatten();

        match of_subscription {
            Some((subscription, fields)) => Links {
                nas_server: text_field(&fields, "nas_server_id"),
                subscription: Some(subscription),
                ..Links::default()
            },
            None => Links { nas_server: self.id(EntityType::NasServers, index / 2), ..Links::default() },
        }
    }

    fn id(&self, target: EntityType, index: usize) -> Option<String> {
        let store = self.store(target)?;
        Some(store.id(store.own_at(index)?))
    }

    fn record(&self, target: EntityType, index: usize) -> Option<(String, Map<String, Value>)> {
        let store = self.store(target)?;
        let place = store.own_at(index)?;
        Some((store.id(place), store.fields(place)))
    }

    fn store(&self, target: EntityType) -> Option<&Store> {
        self.stores.iter().find(|(entity, _)| *entity == target).map(|(_, store)| &**store)
    }
}

fn text_field(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().map(str::to_owned)
}

/// The whole part of an amount.
fn whole_field(fields: &Map<String, Value>, name: &str) -> Option<u64> {
    let amount = fields.get(name)?.as_number()?.to_string();
    amount.split('.').next()?.parse().ok()
}
