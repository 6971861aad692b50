//! What the rules are about, looked at as it is now: one statement opens notices and closes them.

use crate::runs::syncs::status::NEWEST_ENDED;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Double};
use diesel_async::RunQueryDsl;

/// Things of one kind that are counted at most, and one more where there are more.
pub const MOST_THINGS: i64 = 1_000;
/// Days that a notice is kept after its end.
const KEPT_DAYS: i32 = 90;

/// What one look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Looked {
    /// Notices that have begun.
    #[diesel(sql_type = BigInt)]
    pub begun: i64,
    /// Notices that are over.
    #[diesel(sql_type = BigInt)]
    pub ended: i64,
}

/// Opens a notice for each thing that an active rule is about and that has none yet, with what is to be told of it, and ends
/// those whose cause has not held for `settle_seconds`. Any number may look at once: the unique index of open notices lets
/// one of them open each, and the row's lock lets one of them end it.
///
/// With `without_schedules`, nothing starts by itself anywhere, and so nobody is told that nothing is in step.
pub async fn look(connection: &mut Connection, settle_seconds: f64, without_schedules: bool) -> Result<Looked> {
    diesel::sql_query(look_sql())
        .bind::<Double, _>(settle_seconds)
        .bind::<Bool, _>(without_schedules)
        .get_result(connection)
        .await
}

/// Whether there is any rule; without one there is nothing to look at, and no notice is open.
pub async fn is_needed(connection: &mut Connection) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Needed {
        #[diesel(sql_type = Bool)]
        is_needed: bool,
    }

    let needed: Needed =
        diesel::sql_query("SELECT EXISTS (SELECT FROM notification_rules) AS is_needed").get_result(connection).await?;
    Ok(needed.is_needed)
}

/// The statement of [`look`].
pub(crate) fn look_sql() -> String {
    format!(
        include_str!("evaluate.look.sql"),
        NEWEST_ENDED = NEWEST_ENDED,
        MOST_THINGS = MOST_THINGS,
        KEPT_DAYS = KEPT_DAYS
    )
}
