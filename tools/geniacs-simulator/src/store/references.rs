//! Which fields name records of other entities.

use super::Store;
use domain::EntityType;

/// The fields of an entity that hold ids of others.
pub(crate) const fn references(entity: EntityType) -> &'static [(&'static str, EntityType)] {
    const CUSTOMER: (&str, EntityType) = (EntityType::Customers.id_field(), EntityType::Customers);
    const SUBSCRIPTION: (&str, EntityType) = (EntityType::Subscriptions.id_field(), EntityType::Subscriptions);
    const INVOICE: (&str, EntityType) = (EntityType::Invoices.id_field(), EntityType::Invoices);
    const NAS_SERVER: (&str, EntityType) = (EntityType::NasServers.id_field(), EntityType::NasServers);

    match entity {
        EntityType::Customers | EntityType::NasServers => &[],
        EntityType::Subscriptions => &[CUSTOMER, NAS_SERVER],
        EntityType::Invoices => &[CUSTOMER, SUBSCRIPTION],
        EntityType::Payments => &[CUSTOMER, INVOICE],
        EntityType::MonitoringData => &[NAS_SERVER, SUBSCRIPTION],
    }
}

impl Store {
    /// What a field holds in each record that is not deleted.
    pub(crate) fn named(&self, field: &str) -> Vec<Option<String>> {
        let live = (0_u32..).zip(&self.slots).filter(|(_, slot)| !slot.deleted);
        live.map(|(place, _)| self.fields(place).get(field).and_then(|id| id.as_str()).map(str::to_owned)).collect()
    }
}
