//! What a story is about: the records of one entity, in the words of both sides.

use crate::fields::{Field, Kind, field, needed};
use domain::EntityType;

/// An entity with its fields.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) entity: EntityType,
    pub(crate) table: &'static str,
    /// Its path at the partner.
    pub(crate) path: &'static str,
    /// The field of the partner's id.
    pub(crate) id: &'static str,
    /// What tells a record's line of descent on both sides; nobody edits it.
    pub(crate) token: Field,
    /// The fields that people edit.
    pub(crate) fields: &'static [Field],
}

/// Stories with a lower seed are all about customers.
const CUSTOMERS_ONLY: u64 = 200;

static CUSTOMERS: Cast = Cast {
    entity: EntityType::Customers,
    table: "customers",
    path: "customers",
    id: "customer_id",
    token: field("tax_id", "customer_tax_id", Kind::Text),
    fields: &[
        needed("name", "customer_name", Kind::Text),
        needed("email", "customer_email", Kind::Email),
        field("phone", "customer_phone", Kind::Phone),
        field("customer_code", "customer_code", Kind::Code),
        field("city", "customer_city", Kind::Text),
        field("notes", "customer_notes", Kind::Text),
        field("registration_date", "customer_since", Kind::Date),
        needed("balance", "customer_balance", Kind::Number),
    ],
};

static SUBSCRIPTIONS: Cast = Cast {
    entity: EntityType::Subscriptions,
    table: "customer_subscriptions",
    path: "subscriptions",
    id: "subscription_id",
    token: field("plan_name", "plan", Kind::Text),
    fields: &[
        needed("username", "login", Kind::Code),
        needed("customer_id", "customer_id", Kind::Reference),
        field("end_date", "ends_on", Kind::Date),
        needed("price", "price", Kind::Number),
        field("assigned_ip", "address", Kind::Address),
        field("assigned_mac", "hardware_address", Kind::Hardware),
    ],
};

static INVOICES: Cast = Cast {
    entity: EntityType::Invoices,
    table: "invoices",
    path: "invoices",
    id: "invoice_id",
    // The only column of free form beside the number; a day is made of the story's number.
    token: field("period_start", "period_start", Kind::Date),
    fields: &[
        field("invoice_number", "number", Kind::Code),
        field("customer_id", "customer_id", Kind::Reference),
        needed("total_amount", "total", Kind::Number),
        needed("tax_amount", "tax", Kind::Number),
        field("due_date", "due_date", Kind::Date),
    ],
};

static PAYMENTS: Cast = Cast {
    entity: EntityType::Payments,
    table: "payments",
    path: "payments",
    id: "payment_id",
    token: field("reference_number", "reference", Kind::Text),
    fields: &[
        field("transaction_id", "transaction_id", Kind::Code),
        field("customer_id", "customer_id", Kind::Reference),
        needed("amount", "amount", Kind::Number),
        needed("fee_amount", "fee", Kind::Number),
        field("payment_method", "method", Kind::Text),
    ],
};

static NAS_SERVERS: Cast = Cast {
    entity: EntityType::NasServers,
    table: "nas_servers",
    path: "nas_servers",
    id: "nas_server_id",
    token: field("description", "description", Kind::Text),
    fields: &[
        needed("nasname", "host", Kind::Code),
        field("shortname", "name", Kind::Text),
        field("ip_address", "address", Kind::Address),
        field("location", "location", Kind::Text),
    ],
};

impl Cast {
    /// What the story of a seed is about.
    pub(crate) fn of(seed: u64) -> &'static Self {
        if seed < CUSTOMERS_ONLY {
            return &CUSTOMERS;
        }
        match seed % 5 {
            0 => &CUSTOMERS,
            1 => &SUBSCRIPTIONS,
            2 => &INVOICES,
            3 => &PAYMENTS,
            _ => &NAS_SERVERS,
        }
    }

    /// The token of a new line of descent.
    pub(crate) fn new_token(&self, number: u32) -> String {
        match self.token.kind {
            Kind::Date => self.token.value(number),
            _ => format!("T{number}"),
        }
    }

    /// Whether its records name customers.
    pub(crate) fn refers(&self) -> bool {
        self.fields.iter().any(|field| field.kind == Kind::Reference)
    }

    /// The place of the unique field.
    pub(crate) fn code(&self) -> usize {
        self.fields.iter().position(|field| field.kind == Kind::Code).unwrap_or_default()
    }
}
