//! Lists that may grow long: newest first, by (time, id), a stretch after the other, and never counted.
//!
//! Each integration's first rows are read from an index that begins with the integration; a list of all merges them.

use crate::conditions::Conditions;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Bool, Timestamptz};
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

/// The pattern of a text that begins with `text`, which is taken by the letter.
pub(crate) fn beginning_with(text: &str) -> String {
    format!("{}%", by_the_letter(text))
}

fn by_the_letter(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Where a stretch of a list lies. Rows are read from there on in either direction, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place<C> {
    /// At the list's beginning.
    #[default]
    First,
    /// After this row.
    After(C),
    /// Before this row: the rows are read towards the beginning.
    Before(C),
}

impl<C> Place<C> {
    /// Whether rows are read towards the list's beginning.
    pub const fn is_backwards(&self) -> bool {
        matches!(self, Self::Before(_))
    }

    /// A row further on, in the same direction.
    #[must_use]
    pub fn at(&self, row: C) -> Self {
        if self.is_backwards() { Self::Before(row) } else { Self::After(row) }
    }

    /// The row that it names.
    pub fn row(self) -> Option<C> {
        match self {
            Self::First => None,
            Self::After(row) | Self::Before(row) => Some(row),
        }
    }
}

/// How rows are read whose list begins with the greatest.
pub(crate) const fn descending<C>(place: &Place<C>) -> Reading {
    if place.is_backwards() { Reading::UP } else { Reading::DOWN }
}

/// How rows are read whose list begins with the least.
pub(crate) const fn ascending<C>(place: &Place<C>) -> Reading {
    if place.is_backwards() { Reading::DOWN } else { Reading::UP }
}

/// The signs of a direction in SQL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// How a row that is read compares with the place.
    pub(crate) sign: &'static str,
    /// How rows are ordered.
    pub(crate) order: &'static str,
}

impl Reading {
    const UP: Self = Self { sign: ">", order: "ASC" };
    const DOWN: Self = Self { sign: "<", order: "DESC" };
}

/// The pattern of a text that holds `text`, which is taken by the letter.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", by_the_letter(text))
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
    /// Where it lies in the list.
    pub place: Place<Cursor>,
    /// So many rows at most.
    pub limit: i64,
}

/// A list by (time, id), with what it is narrowed by.
pub trait List: Clone + Send + Sync + 'static {
    /// What it shows.
    type Row: Send + 'static;

    /// Whose, when, and from where on.
    fn window(&mut self) -> &mut Window;

    /// The place of a row.
    fn cursor(row: &Self::Row) -> Cursor;

    /// Its rows, newest first, up to its limit.
    fn load(&self, connection: &mut Connection) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;

    /// How many rows there are, up to its limit.
    fn count(&self, connection: &mut Connection) -> impl Future<Output = Result<i64>> + Send;
}

/// The rows of one table that a list may show: conditions on `t`, each with its value.
pub(crate) struct Rows {
    table: &'static str,
    conditions: Conditions,
    /// Conditions of which each row meets one, if there are any.
    choices: Vec<String>,
    integrations: String,
    reading: Reading,
    limit: i64,
}

impl Rows {
    /// The rows of a table with `integration_id`, `created_at` and `id`.
    pub(crate) fn of(table: &'static str, window: &Window) -> Self {
        let mut conditions = Conditions::default();
        conditions.only("t.integration_id = i.id");
        conditions.only_if("t.created_at >= {}", window.from);
        conditions.only_if("t.created_at <= {}", window.to);

        let reading = descending(&window.place);
        if let Some(Cursor { at, id }) = window.place.row() {
            let (at, id) = (conditions.bind(at), conditions.bind(id));
            conditions.only(format!("(t.created_at, t.id) {} ({at}, {id})", reading.sign));
        }

        let integrations = match window.integration_id {
            Some(id) => format!("i.id = {}", conditions.bind(id)),
            None => "i.archived_at IS NULL".to_owned(),
        };

        Self { table, conditions, choices: Vec::new(), integrations, reading, limit: window.limit }
    }

    /// Only rows that meet a condition without a value.
    pub(crate) fn only(&mut self, condition: String) {
        self.conditions.only(condition);
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
        self.conditions.only_if(condition, text);
    }

    /// Only rows that meet a condition on a number, whose place in it is `{}`.
    pub(crate) fn only_number(&mut self, condition: &str, number: Option<i64>) {
        self.conditions.only_if(condition, number);
    }

    /// Only rows of integrations that are not archived, also where one is named.
    pub(crate) fn only_in_use(&mut self) {
        self.integrations.push_str(" AND i.archived_at IS NULL");
    }

    /// Only rows that meet one of several conditions, of which no row meets two; all rows where there is none.
    pub(crate) fn only_one_of(&mut self, choices: Vec<String>) {
        self.choices = choices;
    }

    /// Only rows of the integration that a sync belongs to, and of that sync.
    pub(crate) fn only_of_sync(&mut self, sync_id: Option<i64>) {
        if let Some(id) = sync_id {
            let id = self.conditions.bind(id);
            self.only(format!("t.sync_id = {id}"));
            self.integrations = format!(
                "{} AND i.id = (SELECT s.integration_id FROM geniacs_data_sync s WHERE s.id = {id})",
                self.integrations
            );
        }
    }

    /// `SELECT {columns} FROM … t {joins}`, nearest to the place first.
    pub(crate) async fn load<R>(self, connection: &mut Connection, columns: &str, joins: &str) -> Result<Vec<R>>
    where
        R: QueryableByName<Pg> + Send + 'static,
    {
        let sql = self.sql(columns, joins);
        self.conditions.bound(sql).load(connection).await
    }

    /// How many rows there are, up to the limit.
    pub(crate) async fn count(self, connection: &mut Connection) -> Result<i64> {
        let sql = format!("SELECT count(*) AS n FROM ({}) counted", self.sql("t.id", ""));
        let counted: Counted = self.conditions.bound(sql).get_result(connection).await?;
        Ok(counted.n)
    }

    /// Makes these rows the things that an operation is about; returns how many.
    pub(crate) async fn freeze(self, connection: &mut Connection, operation_id: i64) -> Result<i64> {
        let sql = format!(
            "WITH found AS (
                 INSERT INTO operation_items (operation_id, subject_id)
                 SELECT {operation_id}, f.id FROM ({}) f RETURNING 1)
             UPDATE operations SET total = (SELECT count(*) FROM found) WHERE id = {operation_id} RETURNING total::bigint AS n",
            self.sql("t.id", "")
        );
        let frozen: Counted = self.conditions.bound(sql).get_result(connection).await?;
        Ok(frozen.n)
    }

    /// Looks through the nearest `most` of these rows for those that meet a condition on a text, whose place in it is
    /// `{}`, and returns as many as the window asks for. However rare they are, it takes as long as `most` rows do.
    pub(crate) async fn search(
        mut self,
        connection: &mut Connection,
        condition: &str,
        text: &str,
        most: i64,
    ) -> Result<Option<Looked>> {
        let wanted = std::mem::replace(&mut self.limit, most);
        let text = self.conditions.bind(text);
        let is_hit = condition.replace("{}", &text);

        let inner = self.sql(&format!("t.id, t.created_at, {is_hit} AS is_hit"), "");
        let Reading { order, .. } = self.reading;
        let reversed = if order == "DESC" { "ASC" } else { "DESC" };

        let sql = format!(
            "WITH looked AS MATERIALIZED ({inner})
             SELECT ARRAY(SELECT id FROM looked WHERE is_hit ORDER BY created_at {order}, id {order} LIMIT {wanted}) AS hits,
                 (SELECT count(*) FROM looked) = {most} AS more, created_at, id
             FROM looked ORDER BY created_at {reversed}, id {reversed} LIMIT 1"
        );

        self.conditions.bound(sql).get_result(connection).await.optional()
    }

    fn sql(&self, columns: &str, joins: &str) -> String {
        format!(
            "SELECT {columns} FROM (
                 SELECT first.* FROM geniacs_integrations i CROSS JOIN LATERAL ({}) first
                 WHERE {} ORDER BY first.created_at {order}, first.id {order} LIMIT {limit}) t {joins}
             ORDER BY t.created_at {order}, t.id {order}",
            self.of_one_integration(),
            self.integrations,
            order = self.reading.order,
            limit = self.limit,
        )
    }

    /// The first rows of the integration `i`. An index has the rows that meet one condition in their order, but not those
    /// that meet one of several; so these are read one condition after the other.
    fn of_one_integration(&self) -> String {
        let rows = |choice: Option<&String>| {
            let conditions: Vec<&str> = self.conditions.iter().chain(choice.map(String::as_str)).collect();
            format!(
                "SELECT * FROM {} t WHERE {} ORDER BY t.created_at {order}, t.id {order} LIMIT {}",
                self.table,
                conditions.join(" AND "),
                self.limit,
                order = self.reading.order
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
}

#[derive(Debug, QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
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
    fn signs_of_patterns_are_taken_by_the_letter() {
        assert_eq!(containing("50%_\\"), "%50\\%\\_\\\\%");
    }

    #[test]
    fn a_beginning_is_taken_by_the_letter() {
        assert_eq!(beginning_with("a_"), "a\\_%");
    }

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
