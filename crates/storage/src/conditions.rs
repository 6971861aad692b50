//! The conditions of a statement that is put together, each with its values.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Text, Timestamptz};

/// A value that a condition is compared with.
pub(crate) enum Bind {
    Number(i64),
    Numbers(Vec<i64>),
    Text(String),
    Texts(Vec<String>),
    Moment(DateTime<Utc>),
}

impl From<i64> for Bind {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Bind {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<DateTime<Utc>> for Bind {
    fn from(moment: DateTime<Utc>) -> Self {
        Self::Moment(moment)
    }
}

impl From<&[i64]> for Bind {
    fn from(numbers: &[i64]) -> Self {
        Self::Numbers(numbers.to_vec())
    }
}

impl From<&[String]> for Bind {
    fn from(texts: &[String]) -> Self {
        Self::Texts(texts.to_vec())
    }
}

/// Conditions that all have to hold, and the values of the whole statement.
#[derive(Default)]
pub(crate) struct Conditions {
    all: Vec<String>,
    binds: Vec<Bind>,
}

impl Conditions {
    /// A condition without a value.
    pub(crate) fn only(&mut self, condition: impl Into<String>) {
        self.all.push(condition.into());
    }

    /// A condition on a value, whose place in it is `{}`; none where there is no value.
    pub(crate) fn only_if(&mut self, condition: &str, value: Option<impl Into<Bind>>) {
        if let Some(value) = value {
            let place = self.bind(value);
            self.only(condition.replace("{}", &place));
        }
    }

    /// Takes a value up, and gives its place in the statement.
    pub(crate) fn bind(&mut self, value: impl Into<Bind>) -> String {
        self.binds.push(value.into());
        format!("${}", self.binds.len())
    }

    /// The conditions, one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str)
    }

    /// All conditions as one.
    pub(crate) fn sql(&self) -> String {
        if self.all.is_empty() { "true".to_owned() } else { self.all.join(" AND ") }
    }

    /// A statement with its values.
    pub(crate) fn bound(self, sql: String) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        let mut query = diesel::sql_query(sql).into_boxed::<Pg>();
        for bind in self.binds {
            query = match bind {
                Bind::Number(number) => query.bind::<BigInt, _>(number),
                Bind::Numbers(numbers) => query.bind::<Array<BigInt>, _>(numbers),
                Bind::Text(text) => query.bind::<Text, _>(text),
                Bind::Texts(texts) => query.bind::<Array<Text>, _>(texts),
                Bind::Moment(moment) => query.bind::<Timestamptz, _>(moment),
            };
        }
        query
    }
}
