//! People: who may sign in, with which token, and the audit log of what they changed.
//!
//! The api-gateway signs people in and edits users; geniacsctl makes the first ones. Every change that they ask
//! for is noted in the audit log; the crate `audit-chain` signs it.

pub mod audit;
pub mod failed_logins;
pub mod tokens;
pub mod users;
