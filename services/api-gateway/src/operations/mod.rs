//! Operations: what a person asked for over all that a filter found.
//!
//! [`accept_operation`] freezes what the filter finds, in the transaction that answers, and writes the one audit entry.
//! [`carry_out_operations`] does it in sets, each in one transaction with what it notes: if a gateway ends, another one goes
//! on behind the last set. Gateways share the work; one operation is in the hands of one at a time.

mod accept;
mod carry_out;
mod resolve;
mod sets;

pub(crate) use accept::{
    ConfirmedFilter, FrozenFilter, OperationKind, accept_operation, take_confirmed, take_confirmed_of_list,
};
pub(crate) use carry_out::carry_out_operations;
