//! The tables, and how their rows are written.

use super::{CopyLine, Provider};
use domain::EntityType;

/// A table that is filled.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) entity: EntityType,
    /// What others refer to: the column that shows a row's number, and what stands before the number. Rows of such a table
    /// are written with their ids.
    pub(crate) code: Option<Code>,
    /// The columns that `write` fills, in its order.
    pub(crate) columns: &'static str,
    pub(crate) write: fn(&Provider, u64, &mut CopyLine<'_>),
}

/// A column such as `customer_code` with values such as `CUST-000001`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    pub(crate) column: &'static str,
    pub(crate) prefix: &'static str,
}

const fn code(column: &'static str, prefix: &'static str) -> Code {
    Code { column, prefix }
}

/// All of them, in the order of dependence.
pub(crate) static TABLES: [Table; 6] = [
    Table {
        entity: EntityType::NasServers,
        code: Some(code("shortname", "NAS")),
        columns: super::nas_server::COLUMNS,
        write: |provider, index, line| provider.nas_server(index).write(line),
    },
    Table {
        entity: EntityType::Customers,
        code: Some(code("customer_code", "CUST")),
        columns: super::customer::COLUMNS,
        write: |provider, index, line| provider.customer(index).write(line),
    },
    Table {
        entity: EntityType::Subscriptions,
        code: Some(code("subscription_code", "SUB")),
        columns: super::subscription::COLUMNS,
        write: |provider, index, line| provider.subscription(index).write(line),
    },
    Table {
        entity: EntityType::Invoices,
        code: Some(code("invoice_number", "INV")),
        columns: super::invoice::COLUMNS,
        write: |provider, index, line| provider.invoice(index).write(line),
    },
    Table {
        entity: EntityType::Payments,
        code: Some(code("transaction_id", "PAY")),
        columns: super::payment::COLUMNS,
        write: |provider, index, line| provider.payment(index).write(line),
    },
    Table {
        entity: EntityType::MonitoringData,
        code: None,
        columns: super::sample::COLUMNS,
        write: |provider, index, line| provider.sample(index).write(line),
    },
];
