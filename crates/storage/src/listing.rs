//! Lists that may grow long: newest first, by (time, id), a stretch after the other, and never counted.
//!
//! Each integration's first rows are read from an index that begins with the integration; a list of all merges them.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Bool, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// A row's place in such a list. Written `<microseconds since 1970>-<id>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the row was made.
    pub at: DateTime<Utc>,
    /// Its number.
    pub id: i64,
}

/// A text that is no [`Cursor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct NoCursor;

impl Display for Cursor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.timestamp_micros(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> std::result::Result<Self, NoCursor> {
        let (micros, id) = text.split_once('-').ok_or(NoCursor)?;
        let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(NoCursor)?;
        Ok(Self { at, id: id.parse().map_err(|_| NoCursor)? })
    }
}

/// What every such list can be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Only this integration's, archived or not; all others' but the archived ones' otherwise.
    pub integration_id: Option<i64>,
    /// Made at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Made at this moment or earlier.
    pub to: Option<DateTime<Utc>>,
    /// After this place.
    pub after: Option<Cursor>,
    /// So many rows at most.
    pub limit: i64,
}

/// A value that a condition is compared with.
enum Bind {
    Number(i64),
    Text(String),
    Moment(DateTime<Utc>),
}

/// The rows of one table that a list may show: conditions on `t`, each with its value.
pub(crate) struct Rows {
    table: &'static str,
    conditions: Vec<String>,
    /// Conditions of which each row meets one, if there are any.
    choices: Vec<String>,
    integrations: String,
    binds: Vec<Bind>,
    limit: i64,
}

impl Rows {
    /// The rows of a table with `integration_id`, `created_at` and `id`.
    pub(crate) fn of(table: &'static str, window: &Window) -> Self {
        let integrations = "i.archived_at IS NULL".to_owned();
        let conditions = vec!["t.integration_id = i.id".to_owned()];
        let (choices, binds) = (Vec::new(), Vec::new());
        let mut rows = Self { table, conditions, choices, integrations, binds, limit: window.limit };
        if let Some(id) = window.integration_id {
            rows.integrations = format!("i.id = {}", rows.bind(Bind::Number(id)));
        }
        if let Some(from) = window.from {
            let from = rows.bind(Bind::Moment(from));
            rows.only(format!("t.created_at >= {from}"));
        }
        if let Some(to) = window.to {
            let to = rows.bind(Bind::Moment(to));
            rows.only(format!("t.created_at <= {to}"));
        }
        if let Some(Cursor { at, id }) = window.after {
            let (at, id) = (rows.bind(Bind::Moment(at)), rows.bind(Bind::Number(id)));
            rows.only(format!("(t.created_at, t.id) < ({at}, {id})"));
        }
        rows
    }

    /// Only rows that meet a condition without a value.
    pub(crate) fn only(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Only rows whose column has one of an enum's names, which stand in the statement as they are: a partial index is
    /// recognised by them.
    pub(crate) fn only_named(&mut self, column: &str, name: Option<&'static str>) {
        if let Some(name) = name {
            self.only(format!("t.{column} = '{name}'"));
        }
    }

    /// Only rows that meet a condition on a text, whose place in it is `{}`.
    pub(crate) fn only_text(&mut self, condition: &str, text: Option<&str>) {
        if let Some(text) = text {
            let text = self.bind(Bind::Text(text.to_owned()));
            self.only(condition.replace("{}", &text));
        }
    }

    /// Only rows that meet a condition on a number, whose place in it is `{}`.
    pub(crate) fn only_number(&mut self, condition: &str, number: Option<i64>) {
        if let Some(number) = number {
            let number = self.bind(Bind::Number(number));
            self.only(condition.replace("{}", &number));
        }
    }

    /// Only rows that meet one of several conditions, of which no row meets two; all rows where there is none.
    pub(crate) fn only_one_of(&mut self, choices: Vec<String>) {
        self.choices = choices;
    }

    /// Only rows of the integration that a sync belongs to, and of that sync.
    pub(crate) fn only_of_sync(&mut self, sync_id: Option<i64>) {
        if let Some(id) = sync_id {
            let id = self.bind(Bind::Number(id));
            self.only(format!("t.sync_id = {id}"));
            self.integrations = format!(
                "{} AND i.id = (SELECT s.integration_id FROM geniacs_data_sync s WHERE s.id = {id})",
                self.integrations
            );
        }
    }

    fn bind(&mut self, value: Bind) -> String {
        self.binds.push(value);
        format!("${}", self.binds.len())
    }

    /// `SELECT {columns} FROM … t {joins}`, newest first.
    pub(crate) async fn load<R>(self, connection: &mut Connection, columns: &str, joins: &str) -> Result<Vec<R>>
    where
        R: QueryableByName<Pg> + Send + 'static,
    {
        let sql = self.sql(columns, joins);
        self.bound(sql).load(connection).await
    }

    /// Looks through the newest `most` of these rows for those that meet a condition on a text, whose place in it is
    /// `{}`, and returns as many as the window asks for. However rare they are, it takes as long as `most` rows do.
    pub(crate) async fn search(
        mut self,
        connection: &mut Connection,
        condition: &str,
        text: &str,
        most: i64,
    ) -> Result<Option<Looked>> {
        let wanted = std::mem::replace(&mut self.limit, most);
        let text = self.bind(Bind::Text(text.to_owned()));
        let is_hit = condition.replace("{}", &text);
        let inner = self.sql(&format!("t.id, t.created_at, {is_hit} AS is_hit"), "");
        let sql = format!(
            "WITH looked AS MATERIALIZED ({inner})
             SELECT ARRAY(SELECT id FROM looked WHERE is_hit ORDER BY created_at DESC, id DESC LIMIT {wanted}) AS hits,
                 (SELECT count(*) FROM looked) = {most} AS more, created_at, id
             FROM looked ORDER BY created_at, id LIMIT 1"
        );
        self.bound(sql).get_result(connection).await.optional()
    }

    fn sql(&self, columns: &str, joins: &str) -> String {
        format!(
            "SELECT {columns} FROM (
                 SELECT first.* FROM geniacs_integrations i CROSS JOIN LATERAL ({}) first
                 WHERE {} ORDER BY first.created_at DESC, first.id DESC LIMIT {limit}) t {joins}
             ORDER BY t.created_at DESC, t.id DESC",
            self.of_one_integration(),
            self.integrations,
            limit = self.limit,
        )
    }

    /// The first rows of the integration `i`. An index has the rows that meet one condition in their order, but not those
    /// that meet one of several; so these are read one condition after the other.
    fn of_one_integration(&self) -> String {
        let rows = |choice: Option<&String>| {
            let conditions: Vec<&str> = self.conditions.iter().chain(choice).map(String::as_str).collect();
            format!(
                "SELECT * FROM {} t WHERE {} ORDER BY t.created_at DESC, t.id DESC LIMIT {}",
                self.table,
                conditions.join(" AND "),
                self.limit
            )
        };
        match self.choices.as_slice() {
            [] => rows(None),
            [only] => rows(Some(only)),
            several => {
                let parts: Vec<String> = several.iter().map(|choice| format!("({})", rows(Some(choice)))).collect();
                parts.join(" UNION ALL ")
            }
        }
    }

    fn bound(self, sql: String) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        let mut query = diesel::sql_query(sql).into_boxed::<Pg>();
        for bind in self.binds {
            query = match bind {
                Bind::Number(number) => query.bind::<BigInt, _>(number),
                Bind::Text(text) => query.bind::<Text, _>(text),
                Bind::Moment(moment) => query.bind::<Timestamptz, _>(moment),
            };
        }
        query
    }
}

/// What a search found among the rows that it looked at.
#[derive(Debug, QueryableByName)]
pub(crate) struct Looked {
    /// The ids of rows that met the condition, newest first.
    #[diesel(sql_type = Array<BigInt>)]
    pub(crate) hits: Vec<i64>,
    /// Whether there may be rows behind those that were looked at.
    #[diesel(sql_type = Bool)]
    pub(crate) more: bool,
    /// The last row that was looked at.
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

impl Looked {
    /// The place of the last row that was looked at.
    pub(crate) fn end(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        let cursor = Cursor { at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(), id: 17 };
        assert_eq!(cursor.to_string(), "1700000000123456-17");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "1", "-", "a-1", "1-a", "1-", "99999999999999999999-1"] {
            assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
        }
    }
}
