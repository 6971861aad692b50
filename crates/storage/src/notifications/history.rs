//! What was told, and how it went: newest first, a stretch after the other.

use super::notice::{COLUMNS, Notice};
use crate::conditions::Conditions;
use crate::listing::{Place, Reading, descending};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::notification::DeliveryState;

/// A delivery as people see it.
#[derive(Debug, Clone, QueryableByName)]
pub struct DeliveryRow {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The notice that it tells of.
    #[diesel(sql_type = BigInt)]
    pub notice_id: i64,
    /// Whose rule it is of.
    #[diesel(sql_type = BigInt)]
    pub rule_id: i64,
    /// That rule's name.
    #[diesel(sql_type = Text)]
    pub rule_name: String,
    /// A [`domain::notification::Channel`].
    #[diesel(sql_type = Text)]
    pub channel: String,
    /// A person's address; none for a webhook.
    #[diesel(sql_type = Nullable<Text>)]
    pub address: Option<String>,
    /// A [`domain::notification::Tells`].
    #[diesel(sql_type = Text)]
    pub tells: String,
    /// What it tells of.
    #[diesel(embed)]
    pub notice: Notice,
    /// A [`DeliveryState`].
    #[diesel(sql_type = Text)]
    pub state: String,
    /// Attempts so far.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// When it is tried next, while it waits.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// A stable name of why the last attempt failed.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_code: Option<String>,
    /// The same in words.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_message: Option<String>,
    /// When it was to be sent first.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was taken, given up or dropped.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
}

/// Which deliveries a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only this rule's.
    pub rule_id: Option<i64>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// Where it lies in the list.
    pub place: Place<i64>,
    /// So many at most.
    pub limit: i64,
}

/// Deliveries, newest first.
pub async fn list(connection: &mut Connection, filter: Filter) -> Result<Vec<DeliveryRow>> {
    let Reading { sign, order } = descending(&filter.place);
    let mut conditions = Conditions::default();
    conditions.only_if(&format!("d.id {sign} {{}}"), filter.place.row());
    conditions.only_if("d.rule_id = {}", filter.rule_id);
    conditions.only_if("d.state = {}", filter.state.map(DeliveryState::as_str));

    let sql = format!(
        "SELECT d.id, d.notice_id, d.rule_id, r.name AS rule_name, r.channel, d.address, d.tells, {COLUMNS}, d.state, d.attempts,
             CASE WHEN d.state = 'waiting' THEN d.available_at END AS next_attempt_at, d.error_code, d.error_message,
             d.created_at, d.ended_at
         FROM (SELECT * FROM notice_deliveries d WHERE {} ORDER BY d.id {order} LIMIT {}) d
         JOIN notices n ON n.id = d.notice_id JOIN notification_rules r ON r.id = d.rule_id
         LEFT JOIN geniacs_integrations i ON i.id = n.integration_id ORDER BY d.id {order}",
        conditions.sql(),
        filter.limit
    );

    conditions.bound(sql).load(connection).await
}
