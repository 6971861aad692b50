//! Who changed what: written by the transaction that makes the change, and never afterwards.
//!
//! Entries form a chain, whose signatures are made and checked by the crate `audit-chain`; here is only what lies in the
//! database. Whoever writes locks the chain first, and takes no further lock.

mod chain;
mod list;

pub use chain::{
    Draft, Head, KEY_COLUMN, Row, TABLE, Unsigned, append, draft, head, lock, make, note_begun, note_older, prune,
    start, stretch, unsigned,
};
pub use list::{Filter, Item, list};

use std::net::IpAddr;

/// One change.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Who, if a user did it.
    pub user_id: Option<i64>,
    /// An e-mail address, or the name of the tool that acted.
    pub actor: &'a str,
    /// From where.
    pub address: Option<IpAddr>,
    /// What was done, as `subject.verb`: `integration.created`.
    pub action: &'a str,
    /// What kind of thing was changed.
    pub subject_type: &'a str,
    /// Which one.
    pub subject_id: Option<i64>,
    /// How it was, without secrets; none for something new.
    pub before: Option<serde_json::Value>,
    /// How it is now, without secrets; none for something gone.
    pub after: Option<serde_json::Value>,
    /// The request that asked for it.
    pub request_id: Option<&'a str>,
}
