//! Statements that a connection prepares once.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;

/// Diesel takes each text of SQL for another one, and prepares it anew: one more round trip, and parsing. What runs for
/// every chunk, page or batch says `.prepared()`, and its connection keeps it. It is planned each time all the same
/// (`plan_cache_mode` in [`pool`](crate::pool)), because a kept plan knows nothing of tables that have grown since.
///
/// Only for texts of which there are few: per entity and set of mapped columns, not per value.
pub(crate) trait Prepare: Sized {
    /// The same statement, kept.
    fn prepared(self) -> Prepared<Self> {
        Prepared(self)
    }
}

impl<Q: QueryFragment<Pg>> Prepare for Q {}

/// A statement that its connection keeps.
pub(crate) struct Prepared<Q>(Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

/// It is known by its text.
impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Prepared<Q> {
    type SqlType = Untyped;
}
