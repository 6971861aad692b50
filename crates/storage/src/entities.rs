//! One descriptor per entity names its table and columns, so that the engine is written once.

use domain::EntityType;

/// What a column holds, as far as comparing, filtering and pickers need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Characters.
    Text,
    /// A decimal with fixed digits.
    Numeric,
    /// A calendar day.
    Date,
    /// A moment.
    Timestamp,
}

/// A column that mappings may read and write.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the table.
    pub name: &'static str,
    /// What it holds.
    pub column_type: ColumnType,
    /// The SQL expression that a new row gets where a record says nothing; for columns that refuse null.
    pub default: Option<&'static str>,
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
    /// The column by which a record is found that has no link yet; a new row without it gets `GEN-<id>`.
    pub natural_key: &'static str,
    /// What mappings may use. No secret is among them.
    pub columns: &'static [Column],
}

const fn text(name: &'static str) -> Column {
    Column { name, column_type: ColumnType::Text, default: None }
}

const fn text_or(name: &'static str, default: &'static str) -> Column {
    Column { name, column_type: ColumnType::Text, default: Some(default) }
}

const fn column(name: &'static str, column_type: ColumnType) -> Column {
    Column { name, column_type, default: None }
}

static CUSTOMERS: Descriptor = Descriptor {
    entity: EntityType::Customers,
    table: "customers",
    geniacs_id_column: "geniacs_customer_id",
    natural_key: "customer_code",
    columns: &[
        text("customer_code"),
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
        column("registration_date", ColumnType::Date),
        Column { name: "balance", column_type: ColumnType::Numeric, default: Some("0") },
        text_or("currency", "'IDR'"),
        text("notes"),
        column("created_at", ColumnType::Timestamp),
        column("updated_at", ColumnType::Timestamp),
    ],
};

/// The descriptor of an entity, or none while this version does not keep it in step yet.
pub fn descriptor(entity: EntityType) -> Option<&'static Descriptor> {
    (entity == EntityType::Customers).then_some(&CUSTOMERS)
}

impl Descriptor {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// `json_build_object('name', t.name, …)` of the columns among `names` that exist, for the table alias `t`.
    pub(crate) fn json_of<'a>(&self, names: impl Iterator<Item = &'a str>) -> String {
        let pairs: Vec<String> =
            names.filter_map(|n| self.column(n)).map(|c| format!("'{0}', t.{0}", c.name)).collect();
        format!("json_build_object({})", pairs.join(", "))
    }
}
