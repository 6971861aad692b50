//! JSON objects as values of a statement.

use diesel::pg::Pg;
use diesel::serialize::{IsNull, Output, Result, ToSql};
use diesel::sql_types::Jsonb;
use serde_json::{Map, Value};
use std::io::Write;

/// An object that is written into the statement from where it lies, without a copy.
#[derive(Debug)]
pub(crate) struct Object<'a>(pub(crate) &'a Map<String, Value>);

/// The version that every `jsonb` value begins with.
const VERSION: u8 = 1;

impl ToSql<Jsonb, Pg> for Object<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> Result {
        out.write_all(&[VERSION])?;
        serde_json::to_writer(out, self.0)?;
        Ok(IsNull::No)
    }
}
