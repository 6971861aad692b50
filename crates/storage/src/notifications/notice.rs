//! What a delivery tells of.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz};

/// Something that began, and may be over.
#[derive(Debug, Clone, QueryableByName)]
pub struct Notice {
    /// A [`domain::notification::Cause`], or `test`.
    #[diesel(sql_type = Text)]
    pub cause: String,
    /// The integration that it is about.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub integration_id: Option<i64>,
    /// That integration's name.
    #[diesel(sql_type = Nullable<Text>)]
    pub integration_name: Option<String>,
    /// A [`domain::EntityType`].
    #[diesel(sql_type = Nullable<Text>)]
    pub entity_type: Option<String>,
    /// A [`domain::SyncDirection`].
    #[diesel(sql_type = Nullable<Text>)]
    pub sync_direction: Option<String>,
    /// How many there were when it began.
    #[diesel(sql_type = Nullable<Integer>)]
    pub things: Option<i32>,
    /// A stable name of why.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// When it began.
    #[diesel(sql_type = Timestamptz)]
    pub began_at: DateTime<Utc>,
    /// When it was over.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub over_at: Option<DateTime<Utc>>,
}

/// The columns of a [`Notice`], of a notice `n` and its integration `i`.
pub(super) const COLUMNS: &str =
    "n.cause, n.integration_id, i.name AS integration_name, n.entity_type::text AS entity_type,
    n.sync_direction::text AS sync_direction, n.things, n.reason, n.began_at, n.ended_at AS over_at";
