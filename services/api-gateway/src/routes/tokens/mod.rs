//! Bearer tokens: everybody has to do with their own ones, administrators with all.

mod body;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
mod view;

use crate::access::Caller;
use domain::Role;

/// The name of this kind of thing in a 404.
const WHAT: &str = "token";

/// Whose tokens a caller may see and end; none: everybody's.
fn required_owner(caller: &Caller) -> Option<i64> {
    (caller.role != Role::Admin).then_some(caller.user_id)
}
