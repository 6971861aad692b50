//! People who may sign in.

use crate::pg_enum::Named;
use crate::schema::lower;
use crate::schema::users::{self as table, dsl};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::SelectableHelper;
use diesel::pg::Pg;
use diesel::prelude::{AsChangeset, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, Selectable};
use diesel_async::RunQueryDsl;
use domain::{EmailKey, Role};

/// The unique index of addresses, whatever their case.
pub const EMAIL_CONSTRAINT: &str = "users_email_unique";

/// A person.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(Pg))]
pub struct User {
    /// Its number.
    pub id: i64,
    /// What the person signs in with.
    pub email: String,
    /// How the person is called.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// argon2id, as a PHC string.
    pub password_hash: String,
    /// Whether the person may sign in.
    pub is_active: bool,
    /// Raised by edits only.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
}

/// A person to be added.
#[derive(Insertable)]
#[diesel(table_name = table)]
pub struct NewUser<'a> {
    /// What the person signs in with.
    pub email: &'a str,
    /// How the person is called.
    pub name: &'a str,
    /// What the person may do.
    #[diesel(serialize_as = Named<Role>)]
    pub role: Role,
    /// argon2id, as a PHC string.
    pub password_hash: &'a str,
}

/// Adds a person; the address is stored so that its one form finds it. An address that is taken is a unique violation of [`EMAIL_CONSTRAINT`].
pub async fn insert(connection: &mut Connection, new: NewUser<'_>) -> Result<User> {
    let email = EmailKey::stored(new.email);
    let new = NewUser { email: &email, ..new };
    diesel::insert_into(table::table).values(new).returning(User::as_returning()).get_result(connection).await
}

/// The person with this address.
pub async fn find_by_email(connection: &mut Connection, email: &EmailKey) -> Result<Option<User>> {
    let query = table::table.filter(lower(dsl::email).eq(email.as_str()));
    query.select(User::as_select()).first(connection).await.optional()
}

/// What an edit makes of a person.
#[derive(AsChangeset)]
#[diesel(table_name = table)]
pub struct Changed<'a> {
    /// How the person is called.
    pub name: &'a str,
    /// What the person may do.
    #[diesel(serialize_as = Named<Role>)]
    pub role: Role,
    /// argon2id, as a PHC string.
    pub password_hash: &'a str,
    /// Whether the person may sign in.
    pub is_active: bool,
}

/// Which people a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those of this role.
    pub role: Option<Role>,
    /// Only those who may sign in, or only those who may not.
    pub is_active: Option<bool>,
}

fn matching(filter: Filter) -> table::BoxedQuery<'static, Pg> {
    let mut query = table::table.into_boxed();
    if let Some(role) = filter.role {
        query = query.filter(dsl::role.eq(Named(role)));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(dsl::is_active.eq(is_active));
    }
    query
}

/// A page of a list, newest first.
pub async fn page(connection: &mut Connection, filter: Filter, offset: i64, limit: i64) -> Result<Vec<User>> {
    let query = matching(filter).order(dsl::id.desc()).offset(offset).limit(limit);
    query.select(User::as_select()).load(connection).await
}

/// How many people a list holds.
pub async fn count(connection: &mut Connection, filter: Filter) -> Result<i64> {
    matching(filter).count().get_result(connection).await
}

/// A person.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<User>> {
    table::table.filter(dsl::id.eq(id)).select(User::as_select()).first(connection).await.optional()
}

/// A person, locked until the transaction ends.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<Option<User>> {
    let query = table::table.filter(dsl::id.eq(id)).select(User::as_select());
    query.for_no_key_update().first(connection).await.optional()
}

/// Every administrator who may sign in, locked: whoever wants to take one away waits here, and counts again.
pub async fn lock_admins(connection: &mut Connection) -> Result<Vec<i64>> {
    let admins = table::table.filter(dsl::role.eq(Named(Role::Admin))).filter(dsl::is_active);
    admins.select(dsl::id).order(dsl::id).for_no_key_update().load(connection).await
}

/// Changes a person and raises the version.
pub async fn update(connection: &mut Connection, id: i64, changed: Changed<'_>) -> Result<User> {
    diesel::update(table::table.filter(dsl::id.eq(id)))
        .set((changed, dsl::version.eq(dsl::version + 1)))
        .returning(User::as_returning())
        .get_result(connection)
        .await
}

/// Deletes a person with all tokens. What the person did stays, in the audit log and elsewhere.
pub async fn delete(connection: &mut Connection, id: i64) -> Result<usize> {
    diesel::delete(table::table.filter(dsl::id.eq(id))).execute(connection).await
}
