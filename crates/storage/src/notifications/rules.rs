//! Rules: who is told about what, and how.

use crate::schema::notification_rules::{self as table, dsl};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::SelectableHelper;
use diesel::pg::Pg;
use diesel::prelude::{AsChangeset, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, Selectable};
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;

/// The table, where a secret is sealed for it.
pub const TABLE: &str = "notification_rules";
/// The column of the sealed secret.
pub const SIGNING_SECRET_COLUMN: &str = "signing_secret";
/// The unique constraint of names.
pub const NAME_CONSTRAINT: &str = "notification_rules_name_unique";

/// A rule.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(Pg))]
pub struct Rule {
    /// Its number.
    pub id: i64,
    /// Its name, which no other rule has.
    pub name: String,
    /// The one integration that it is about; none: all of them.
    pub integration_id: Option<i64>,
    /// Each a [`domain::notification::Cause`].
    pub causes: Vec<String>,
    /// A [`domain::notification::Channel`].
    pub channel: String,
    /// Where a webhook goes.
    pub url: Option<String>,
    /// What signs it; sealed.
    pub signing_secret: Option<String>,
    /// Whom mail goes to.
    pub addresses: Vec<String>,
    /// A [`domain::notification::Language`].
    pub language: String,
    /// How long nothing may have been in step before that is told.
    pub not_in_step_seconds: i32,
    /// Whether it is told, too, that something is over.
    pub tells_end: bool,
    /// Whether anything is told at all.
    pub is_active: bool,
    /// Raised by edits only.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
}

/// What people say of a rule, checked already.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true)]
pub struct Wish {
    /// Its name.
    pub name: String,
    /// The one integration that it is about; none: all of them.
    pub integration_id: Option<i64>,
    /// Each a [`domain::notification::Cause`].
    pub causes: Vec<String>,
    /// A [`domain::notification::Channel`].
    pub channel: String,
    /// Where a webhook goes.
    pub url: Option<String>,
    /// Whom mail goes to.
    pub addresses: Vec<String>,
    /// A [`domain::notification::Language`].
    pub language: String,
    /// How long nothing may have been in step before that is told.
    pub not_in_step_seconds: i32,
    /// Whether it is told, too, that something is over.
    pub tells_end: bool,
    /// Whether anything is told at all.
    pub is_active: bool,
}

/// Makes a rule. A name that is taken is a unique violation of [`NAME_CONSTRAINT`].
pub async fn insert(connection: &mut Connection, wish: Wish) -> Result<Rule> {
    diesel::insert_into(table::table).values(wish).returning(Rule::as_returning()).get_result(connection).await
}

/// Changes a rule and raises its version.
pub async fn update(connection: &mut Connection, id: i64, wish: Wish) -> Result<Rule> {
    diesel::update(table::table.filter(dsl::id.eq(id)))
        .set((wish, dsl::version.eq(dsl::version + 1)))
        .returning(Rule::as_returning())
        .get_result(connection)
        .await
}

/// Stores a sealed secret.
pub async fn set_secret(connection: &mut Connection, id: i64, sealed: &str) -> Result<()> {
    diesel::sql_query("UPDATE notification_rules SET signing_secret = $2 WHERE id = $1")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(sealed)
        .execute(connection)
        .await?;
    Ok(())
}

/// Which rules a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those that are about this integration alone.
    pub integration_id: Option<i64>,
    /// Only those that are active, or only the others.
    pub is_active: Option<bool>,
}

fn matching(filter: Filter) -> table::BoxedQuery<'static, Pg> {
    let mut query = table::table.into_boxed();
    if let Some(integration_id) = filter.integration_id {
        query = query.filter(dsl::integration_id.eq(integration_id));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(dsl::is_active.eq(is_active));
    }
    query
}

/// A page of a list, newest first.
pub async fn page(connection: &mut Connection, filter: Filter, offset: i64, limit: i64) -> Result<Vec<Rule>> {
    let query = matching(filter).order(dsl::id.desc()).offset(offset).limit(limit);
    query.select(Rule::as_select()).load(connection).await
}

/// How many rules a list holds.
pub async fn count(connection: &mut Connection, filter: Filter) -> Result<i64> {
    matching(filter).count().get_result(connection).await
}

/// One rule.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<Rule>> {
    table::table.filter(dsl::id.eq(id)).select(Rule::as_select()).first(connection).await.optional()
}

/// One rule, locked until the transaction ends.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<Option<Rule>> {
    let query = table::table.filter(dsl::id.eq(id)).select(Rule::as_select());
    query.for_no_key_update().first(connection).await.optional()
}

/// Deletes a rule with everything that it has told.
pub async fn delete(connection: &mut Connection, id: i64) -> Result<usize> {
    diesel::delete(table::table.filter(dsl::id.eq(id))).execute(connection).await
}

/// Sends a test to each address of a rule, whether it is active or not. Returns the numbers of the deliveries.
pub async fn send_test(connection: &mut Connection, id: i64) -> Result<Vec<i64>> {
    #[derive(diesel::QueryableByName)]
    struct Made {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }

    let made: Vec<Made> = diesel::sql_query(
        "WITH test AS (
             INSERT INTO notices (rule_id, cause, integration_id, ended_at)
             SELECT id, 'test', integration_id, geniacs_now() FROM notification_rules WHERE id = $1 RETURNING id, rule_id)
         INSERT INTO notice_deliveries (notice_id, rule_id, tells, address)
         SELECT t.id, t.rule_id, 'test', a.address FROM test t JOIN notification_rules r ON r.id = t.rule_id
         CROSS JOIN LATERAL unnest(CASE WHEN r.channel = 'webhook' THEN ARRAY[NULL::text] ELSE r.addresses END) AS a (address)
         RETURNING id",
    )
    .bind::<BigInt, _>(id)
    .load(connection)
    .await?;

    Ok(made.into_iter().map(|made| made.id).collect())
}
