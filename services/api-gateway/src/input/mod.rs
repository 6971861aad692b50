//! What a request says, read so that an answer can name everything that is wrong with it.
//!
//! - [`JsonBody`] takes a JSON object and gives it as [`Fields`]: a handler takes one field after the other, each checked
//!   by a rule of [`rule`], and [`Fields::finish`] refuses the body with every problem that was met, unknown fields included.
//!   A field that is taken as a [`field`] also says what documents tell of it: [`described`] runs the function that reads a body
//!   and makes its description of the fields that it takes, so that a field is spelled once.
//! - [`MaybeBody`] takes one that may be left away.
//! - [`NoBody`] stands where a request needs no body, and refuses one that says something.
//! - [`Query`] does the same for the query.
//! - [`id`] reads a number out of the path.
//! - [`IfMatch`] is the version that an edit was made for.

mod body;
pub(crate) mod field;
mod fields;
mod path;
mod query;
pub(crate) mod rule;
mod sketch;
mod version;

pub(crate) use body::{JsonBody, MaybeBody, NoBody};
pub(crate) use fields::{Fields, is_blank};
pub(crate) use path::id;
pub(crate) use query::{Paging, Query};
pub(crate) use sketch::{described, described_change};
pub(crate) use version::IfMatch;
