//! Callers, and what they may do.
//!
//! A token comes as `Authorization: Bearer`, or in the cookie that a login set. It is known by its hash alone, looked up
//! for every request, so that revoking it, disabling its user or taking away a role works at once. The guard lets a
//! request through to its handler only if the table of routes has it and grants it to the caller's role. Before that, it is counted
//! against what its token or its address may ask for.

mod caller;
mod cookie;
mod cors;
pub(crate) mod failed_logins;
mod guard;
pub(crate) mod password;
mod rates;
mod throttle;

pub(crate) use caller::{Caller, SESSION, client_address, user_agent};
pub(crate) use cookie::{clear_session_cookie, session_cookie};
pub(crate) use cors::answer_cors;
pub(crate) use guard::guard_access;
pub(crate) use rates::RequestRates;
pub(crate) use throttle::{LoginAttempt, LoginThrottle};
