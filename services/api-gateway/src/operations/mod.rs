//! Operations: what a person asked for over all that a filter found.
//!
//! [`accept`] freezes what the filter finds, in the transaction that answers, and writes the one audit entry. [`carry_out`]
//! does it in sets, each in one transaction with what it notes: whatever ends a gateway, another one goes on behind the last
//! set. Gateways share the work; one operation is in the hands of one at a time.

mod accept;
mod carry_out;
mod resolve;
mod sets;

pub(crate) use accept::{Confirmed, Frozen, Kind, accept, confirmed, confirmed_list};
pub(crate) use carry_out::carry_out;
