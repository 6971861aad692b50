//! One descriptor per entity names its table and columns, so that the engine is written once.

use domain::EntityType;
use serde_json::Value;

/// What a column holds, as far as comparing, filtering and pickers need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Characters.
    Text,
    /// A decimal with fixed digits.
    Numeric,
    /// A whole number.
    Integer,
    /// A measured value.
    Float,
    /// True or false.
    Boolean,
    /// A calendar day.
    Date,
    /// A moment.
    Timestamp,
    /// An IP address, written as text.
    Inet,
    /// A hardware address, written as text.
    Macaddr,
    /// Anything in JSON.
    Json,
}

/// A column that mappings may read and write.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the table.
    pub name: &'static str,
    /// What it holds.
    pub column_type: ColumnType,
    /// The SQL expression that a new row gets where a record says nothing; for columns that refuse null, and for codes
    /// that are made from the new row's id, `n.id`.
    pub default: Option<&'static str>,
}

impl Column {
    /// What the column holds by its default; none where it has none, or where each row has its own.
    pub fn default_value(&self) -> Option<Value> {
        let default = self.default.filter(|_| self.default != GENERATED)?;
        match default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(text) => Some(Value::String(text.to_owned())),
            None => serde_json::from_str(default).ok(),
        }
    }
}

/// Where the records of one entity live.
#[derive(Debug)]
pub struct Descriptor {
    /// The entity.
    pub entity: EntityType,
    /// Its table.
    pub table: &'static str,
    /// The column that holds a copy of the Geniacs id.
    pub geniacs_id_column: &'static str,
    /// The column by which a record is found that has no link yet. None: nothing links its records at all.
    pub natural_key: Option<&'static str>,
    /// The column that is made from the id where a record lacks it: `GEN-<id>`.
    pub code: Option<&'static str>,
    /// The columns by whose beginning people look for a record, the one that names it first. Each has an index.
    pub searched: &'static [&'static str],
    /// Whether its records are only ever added: no links, no changes, no deletions.
    pub append_only: bool,
    /// What mappings may use. No secret is among them.
    pub columns: &'static [Column],
}

const GENERATED: Option<&str> = Some("'GEN-' || n.id");

const fn column(name: &'static str, column_type: ColumnType) -> Column {
    Column { name, column_type, default: None }
}

const fn text(name: &'static str) -> Column {
    column(name, ColumnType::Text)
}

const fn day(name: &'static str) -> Column {
    column(name, ColumnType::Date)
}

const fn moment(name: &'static str) -> Column {
    column(name, ColumnType::Timestamp)
}

const fn whole(name: &'static str) -> Column {
    column(name, ColumnType::Integer)
}

const fn text_or(name: &'static str, default: &'static str) -> Column {
    Column { name, column_type: ColumnType::Text, default: Some(default) }
}

const fn money_or_nothing(name: &'static str) -> Column {
    Column { name, column_type: ColumnType::Numeric, default: Some("0") }
}

const fn code(name: &'static str) -> Column {
    Column { name, column_type: ColumnType::Text, default: GENERATED }
}

static CUSTOMERS: Descriptor = Descriptor {
    entity: EntityType::Customers,
    table: "customers",
    geniacs_id_column: "geniacs_customer_id",
    natural_key: Some("customer_code"),
    code: Some("customer_code"),
    searched: &["name", "email", "phone", "customer_code"],
    append_only: false,
    columns: &[
        code("customer_code"),
        text("name"),
        text("email"),
        text("phone"),
        text("address"),
        text("city"),
        text("province"),
        text("postal_code"),
        text("country"),
        column("latitude", ColumnType::Numeric),
        column("longitude", ColumnType::Numeric),
        text_or("status", "'active'"),
        text_or("customer_type", "'residential'"),
        text("company_name"),
        text("tax_id"),
        day("registration_date"),
        money_or_nothing("balance"),
        text_or("currency", "'IDR'"),
        text("notes"),
        moment("created_at"),
        moment("updated_at"),
    ],
};

static SUBSCRIPTIONS: Descriptor = Descriptor {
    entity: EntityType::Subscriptions,
    table: "customer_subscriptions",
    geniacs_id_column: "geniacs_subscription_id",
    natural_key: Some("username"),
    code: Some("subscription_code"),
    searched: &["username", "subscription_code"],
    append_only: false,
    columns: &[
        code("subscription_code"),
        whole("customer_id"),
        whole("nas_server_id"),
        text("username"),
        text("plan_name"),
        text_or("status", "'pending'"),
        day("start_date"),
        day("end_date"),
        day("next_billing_date"),
        money_or_nothing("price"),
        text_or("currency", "'IDR'"),
        text_or("billing_cycle", "'monthly'"),
        Column { name: "auto_renew", column_type: ColumnType::Boolean, default: Some("true") },
        whole("download_kbps"),
        whole("upload_kbps"),
        column("assigned_ip", ColumnType::Inet),
        column("assigned_mac", ColumnType::Macaddr),
        moment("activated_at"),
        moment("suspended_at"),
        moment("terminated_at"),
        moment("created_at"),
        moment("updated_at"),
    ],
};

static INVOICES: Descriptor = Descriptor {
    entity: EntityType::Invoices,
    table: "invoices",
    geniacs_id_column: "geniacs_invoice_id",
    natural_key: Some("invoice_number"),
    code: Some("invoice_number"),
    searched: &["invoice_number"],
    append_only: false,
    columns: &[
        code("invoice_number"),
        whole("customer_id"),
        whole("subscription_id"),
        text_or("type", "'subscription'"),
        money_or_nothing("amount"),
        money_or_nothing("tax_amount"),
        money_or_nothing("discount_amount"),
        column("total_amount", ColumnType::Numeric),
        money_or_nothing("paid_amount"),
        text_or("currency", "'IDR'"),
        moment("issued_at"),
        day("due_date"),
        moment("paid_at"),
        day("period_start"),
        day("period_end"),
        text_or("status", "'draft'"),
        moment("created_at"),
        moment("updated_at"),
    ],
};

static PAYMENTS: Descriptor = Descriptor {
    entity: EntityType::Payments,
    table: "payments",
    geniacs_id_column: "geniacs_payment_id",
    natural_key: Some("transaction_id"),
    code: Some("transaction_id"),
    searched: &["transaction_id"],
    append_only: false,
    columns: &[
        code("transaction_id"),
        whole("invoice_id"),
        whole("customer_id"),
        text_or("payment_gateway", "'manual'"),
        text("payment_method"),
        text_or("payment_type", "'full'"),
        column("amount", ColumnType::Numeric),
        money_or_nothing("fee_amount"),
        column("net_amount", ColumnType::Numeric),
        text_or("currency", "'IDR'"),
        text_or("status", "'pending'"),
        text("reference_number"),
        moment("paid_at"),
        moment("failed_at"),
        moment("refunded_at"),
        money_or_nothing("refund_amount"),
        column("gateway_response", ColumnType::Json),
        moment("created_at"),
        moment("updated_at"),
    ],
};

static MONITORING_DATA: Descriptor = Descriptor {
    entity: EntityType::MonitoringData,
    table: "monitoring_data",
    geniacs_id_column: "geniacs_monitoring_id",
    natural_key: None,
    code: None,
    searched: &[],
    append_only: true,
    columns: &[
        whole("nas_server_id"),
        whole("subscription_id"),
        text("metric_type"),
        column("value", ColumnType::Float),
        text("unit"),
        moment("recorded_at"),
        moment("created_at"),
        moment("updated_at"),
    ],
};

static NAS_SERVERS: Descriptor = Descriptor {
    entity: EntityType::NasServers,
    table: "nas_servers",
    geniacs_id_column: "geniacs_nas_server_id",
    natural_key: Some("nasname"),
    code: None,
    searched: &["nasname", "shortname"],
    append_only: false,
    // Without `secret` and `community`.
    columns: &[
        text("nasname"),
        text("shortname"),
        text("type"),
        whole("ports"),
        text("server"),
        text("description"),
        column("ip_address", ColumnType::Inet),
        whole("api_port"),
        text_or("status", "'online'"),
        text("location"),
        moment("last_seen_at"),
        moment("created_at"),
        moment("updated_at"),
    ],
};

/// The descriptor of an entity.
pub const fn descriptor(entity: EntityType) -> &'static Descriptor {
    match entity {
        EntityType::Customers => &CUSTOMERS,
        EntityType::Subscriptions => &SUBSCRIPTIONS,
        EntityType::Payments => &PAYMENTS,
        EntityType::MonitoringData => &MONITORING_DATA,
        EntityType::Invoices => &INVOICES,
        EntityType::NasServers => &NAS_SERVERS,
    }
}

impl Descriptor {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The status of a row `t`, null where the entity has none.
    pub(crate) fn status(&self) -> &'static str {
        if self.column("status").is_some() { "t.status" } else { "NULL::text" }
    }

    /// `json_build_object('name', t.name, …)` of the columns among `names` that exist, for the table alias `t`.
    pub(crate) fn json_of<'a>(&self, names: impl Iterator<Item = &'a str>) -> String {
        let pairs: Vec<String> =
            names.filter_map(|n| self.column(n)).map(|c| format!("'{0}', t.{0}", c.name)).collect();
        format!("json_build_object({})", pairs.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_but_that_of_a_code_is_a_value() {
        for entity in EntityType::IN_ORDER {
            for column in descriptor(entity).columns.iter().filter(|column| column.default.is_some()) {
                assert_eq!(column.default_value().is_none(), column.default == GENERATED, "{}", column.name);
            }
        }
    }
}
