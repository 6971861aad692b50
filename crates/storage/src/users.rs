//! People who may sign in.

use crate::pg_enum::Named;
use crate::schema::lower;
use crate::schema::users::{self as table, dsl};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::SelectableHelper;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, Selectable};
use diesel_async::RunQueryDsl;
use domain::Role;

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
    /// When it was made.
    pub created_at: DateTime<Utc>,
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

/// Adds a person. An address that is taken is a unique violation of [`EMAIL_CONSTRAINT`].
pub async fn insert(connection: &mut Connection, new: NewUser<'_>) -> Result<User> {
    diesel::insert_into(table::table).values(new).returning(User::as_returning()).get_result(connection).await
}

/// The person with this address, in any case.
pub async fn find_by_email(connection: &mut Connection, email: &str) -> Result<Option<User>> {
    let query = table::table.filter(lower(dsl::email).eq(lower(email)));
    query.select(User::as_select()).first(connection).await.optional()
}
