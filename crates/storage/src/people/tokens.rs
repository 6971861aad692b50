//! Bearer tokens, known by their hash alone.

use crate::schema::{api_tokens as table, geniacs_now, users};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::pg::Pg;
use diesel::prelude::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl,
};
use diesel::sql_types::{BigInt, Binary, Bool, Double, Nullable, Text, Timestamptz};
use diesel::{Queryable, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::Role;
use std::net::IpAddr;

/// A token to be made.
#[derive(Debug)]
pub struct NewToken<'a> {
    /// Whose it is.
    pub user_id: i64,
    /// What it is for.
    pub name: &'a str,
    /// SHA-256 of the token.
    pub token_hash: &'a [u8],
    /// What it may do, never more than its user's role at the moment of a request.
    pub role: Role,
    /// Seconds until it expires; none: never.
    pub lifetime_seconds: Option<f64>,
    /// Whether a person signed in with it.
    pub is_session: bool,
    /// What made it, and is going to use it, if that is known.
    pub user: Use<'a>,
}

/// Where and by what a token is used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Use<'a> {
    /// The address of the caller.
    pub address: Option<IpAddr>,
    /// What the caller's program calls itself; 255 characters of it are kept.
    pub user_agent: Option<&'a str>,
}

/// How long a session lasts after it was last used…
pub const SESSION_SECONDS: f64 = 12.0 * 3_600.0;
/// …and however much it is used, after it was begun.
const LONGEST_SESSION_SECONDS: f64 = 30.0 * 86_400.0;

/// A token that was made.
#[derive(Debug, Clone, QueryableByName)]
pub struct Made {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// When it expires.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Who stands behind a token that is valid now.
#[derive(Debug, Clone, Queryable)]
pub struct Bearer {
    /// The token's number.
    pub token_id: i64,
    /// What the token may do.
    pub token_role: Role,
    /// What the token is for.
    pub token_name: String,
    /// One of [`KINDS`].
    pub token_kind: String,
    /// The user's number.
    pub user_id: i64,
    /// The user's address.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// What the user may do now.
    pub user_role: Role,
    /// When the token expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether its last use was noted more than a minute ago; see [`touch`].
    pub is_touch_due: bool,
}

impl Bearer {
    /// Whether a person signed in with it.
    pub fn is_session(&self) -> bool {
        self.token_kind == SESSION
    }

    /// What a request with this token may do.
    pub fn role(&self) -> Role {
        self.token_role.min(self.user_role)
    }
}

/// Makes a token.
pub async fn insert(connection: &mut Connection, new: &NewToken<'_>) -> Result<Made> {
    diesel::sql_query(
        // Signing in is the first use of a session.
        "INSERT INTO api_tokens (user_id, name, token_hash, role, expires_at, kind, last_address, user_agent, last_used_at)
         VALUES ($1, $2, $3, $4::user_role, geniacs_now() + make_interval(secs => $5),
             CASE WHEN $6 THEN 'session' ELSE 'token' END, $7::inet, left($8, 255), CASE WHEN $6 THEN geniacs_now() END)
         RETURNING id, expires_at",
    )
    .bind::<BigInt, _>(new.user_id)
    .bind::<Text, _>(new.name)
    .bind::<Binary, _>(new.token_hash)
    .bind::<Text, _>(new.role.as_str())
    .bind::<Nullable<Double>, _>(new.lifetime_seconds)
    .bind::<Bool, _>(new.is_session)
    .bind::<Nullable<Text>, _>(new.user.address.map(|address| address.to_string()))
    .bind::<Nullable<Text>, _>(new.user.user_agent)
    .get_result(connection)
    .await
}

/// Lets a token end with another one at the latest.
pub async fn end_with(connection: &mut Connection, id: i64, other_id: i64) -> Result<()> {
    diesel::sql_query(
        "UPDATE api_tokens SET expires_at = least(expires_at, (SELECT expires_at FROM api_tokens WHERE id = $2))
         WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(other_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Who holds this token; nobody if it is unknown, revoked or expired, or its user disabled.
pub async fn bearer(connection: &mut Connection, token_hash: &[u8]) -> Result<Option<Bearer>> {
    table::table
        .inner_join(users::table)
        .filter(table::token_hash.eq(token_hash))
        .filter(table::revoked_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(geniacs_now().nullable()).assume_not_null()))
        .filter(users::is_active)
        .select((
            table::id,
            table::role,
            table::name,
            table::kind,
            users::id,
            users::email,
            users::name,
            users::role,
            table::expires_at,
            sql::<Bool>("coalesce(api_tokens.last_used_at, '-infinity') < geniacs_now() - interval '1 minute'"),
        ))
        .first(connection)
        .await
        .optional()
}

/// Which of these tokens are valid now: neither revoked nor expired, their users not disabled.
pub async fn valid(connection: &mut Connection, ids: &[i64]) -> Result<Vec<i64>> {
    table::table
        .inner_join(users::table)
        .filter(table::id.eq_any(ids))
        .filter(table::revoked_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(geniacs_now().nullable()).assume_not_null()))
        .filter(users::is_active)
        .select(table::id)
        .load(connection)
        .await
}

/// Notes that a token was used, at most once a minute. A session is prolonged by it; then its new end is returned.
pub async fn touch(connection: &mut Connection, id: i64, user: Use<'_>) -> Result<Option<DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Touched {
        #[diesel(sql_type = Bool)]
        is_session: bool,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        expires_at: Option<DateTime<Utc>>,
    }

    let touched: Option<Touched> = diesel::sql_query(
        "UPDATE api_tokens SET last_used_at = geniacs_now(), last_address = coalesce($2::inet, last_address),
             user_agent = coalesce(left($3, 255), user_agent),
             expires_at = CASE WHEN kind <> 'session' THEN expires_at
                 ELSE greatest(expires_at, least(geniacs_now() + make_interval(secs => $4),
                                                 created_at + make_interval(secs => $5))) END
         WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > geniacs_now())
           AND coalesce(last_used_at, '-infinity') < geniacs_now() - interval '1 minute'
         RETURNING kind = 'session' AS is_session, expires_at",
    )
    .bind::<BigInt, _>(id)
    .bind::<Nullable<Text>, _>(user.address.map(|address| address.to_string()))
    .bind::<Nullable<Text>, _>(user.user_agent)
    .bind::<Double, _>(SESSION_SECONDS)
    .bind::<Double, _>(LONGEST_SESSION_SECONDS)
    .get_result(connection)
    .await
    .optional()?;

    Ok(touched.filter(|touched| touched.is_session).and_then(|touched| touched.expires_at))
}

/// Ends a token at once. Returns whether it was valid until now.
pub async fn revoke(connection: &mut Connection, id: i64) -> Result<bool> {
    let revoked = diesel::update(table::table.filter(table::id.eq(id)).filter(table::revoked_at.is_null()))
        .set(table::revoked_at.eq(geniacs_now().nullable()))
        .execute(connection)
        .await?;
    Ok(revoked > 0)
}

/// Ends all tokens of a user at once. Returns how many were valid until now.
pub async fn revoke_all(connection: &mut Connection, user_id: i64) -> Result<usize> {
    diesel::update(table::table.filter(table::user_id.eq(user_id)).filter(table::revoked_at.is_null()))
        .set(table::revoked_at.eq(geniacs_now().nullable()))
        .execute(connection)
        .await
}

/// Ends the sessions of a user, and with `tokens_too` what programs were given. Returns how many were valid until now.
pub async fn revoke_sessions(connection: &mut Connection, user_id: i64, tokens_too: bool) -> Result<usize> {
    let kinds: &[&str] = if tokens_too { &KINDS } else { &[SESSION] };
    let valid = table::table.filter(table::user_id.eq(user_id)).filter(table::revoked_at.is_null());
    diesel::update(valid.filter(table::kind.eq_any(kinds)))
        .set(table::revoked_at.eq(geniacs_now().nullable()))
        .execute(connection)
        .await
}

/// Ends all tokens of a user but this one. Returns how many were valid until now.
pub async fn revoke_others(connection: &mut Connection, user_id: i64, kept: i64) -> Result<usize> {
    let others = table::table.filter(table::user_id.eq(user_id)).filter(table::id.ne(kept));
    diesel::update(others.filter(table::revoked_at.is_null()))
        .set(table::revoked_at.eq(geniacs_now().nullable()))
        .execute(connection)
        .await
}

/// What the column `kind` calls a session.
pub const SESSION: &str = "session";
/// What it calls a token that a program was given.
pub const TOKEN: &str = "token";
/// The names of the column `kind`.
pub const KINDS: [&str; 2] = [SESSION, TOKEN];

/// Which tokens a list holds: those that were not revoked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those of this user.
    pub user_id: Option<i64>,
    /// Only those of this kind.
    pub kind: Option<&'static str>,
}

fn matching(filter: Filter) -> table::BoxedQuery<'static, Pg> {
    let mut query = table::table.filter(table::revoked_at.is_null()).into_boxed();
    if let Some(user_id) = filter.user_id {
        query = query.filter(table::user_id.eq(user_id));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(table::kind.eq(kind));
    }
    query
}

/// A token as a list shows it.
#[derive(Debug, Clone, Queryable)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// Whose address.
    pub email: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// `session` or `token`.
    pub kind: String,
    /// Where it was used last.
    pub last_address: Option<String>,
    /// What it was used by last, as that calls itself.
    pub user_agent: Option<String>,
}

type Columns = (
    table::id,
    users::id,
    users::email,
    table::name,
    table::role,
    table::expires_at,
    table::last_used_at,
    table::created_at,
    table::kind,
    SqlLiteral<Nullable<Text>>,
    table::user_agent,
);

fn columns() -> Columns {
    (
        table::id,
        users::id,
        users::email,
        table::name,
        table::role,
        table::expires_at,
        table::last_used_at,
        table::created_at,
        table::kind,
        sql::<Nullable<Text>>("host(api_tokens.last_address)"),
        table::user_agent,
    )
}

/// A page of such a list, newest first.
pub async fn page(connection: &mut Connection, filter: Filter, offset: i64, limit: i64) -> Result<Vec<Listed>> {
    let ids = matching(filter).select(table::id).order(table::id.desc()).offset(offset).limit(limit);
    let ids: Vec<i64> = ids.load(connection).await?;
    let named = table::table.inner_join(users::table).filter(table::id.eq_any(ids));
    named.select(columns()).order(table::id.desc()).load(connection).await
}

/// How many tokens such a list holds.
pub async fn count(connection: &mut Connection, filter: Filter) -> Result<i64> {
    matching(filter).count().get_result(connection).await
}

/// A token that was not revoked; none if `user_id` names somebody else than whose it is.
pub async fn find(connection: &mut Connection, id: i64, user_id: Option<i64>) -> Result<Option<Listed>> {
    let mut query =
        table::table.inner_join(users::table).filter(table::revoked_at.is_null()).select(columns()).into_boxed();
    if let Some(user_id) = user_id {
        query = query.filter(table::user_id.eq(user_id));
    }
    query.filter(table::id.eq(id)).first(connection).await.optional()
}
