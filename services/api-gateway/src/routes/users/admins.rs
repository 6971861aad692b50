//! The last administrator stays one.

use crate::error::ApiError;
use domain::Role;
use storage::Connection;
use storage::people::users::{self, User};

/// Locks a user and, before, every administrator, so that of two who would take away the last two the second one waits
/// and sees what the first one did.
pub(super) async fn lock_with(connection: &mut Connection, id: i64) -> storage::Result<(Vec<i64>, Option<User>)> {
    let admins = users::lock_admins(connection).await?;
    Ok((admins, users::lock(connection, id).await?))
}

/// Refuses that `user` ceases to be an administrator who may sign in, if there is no other one.
pub(super) fn check(admins: &[i64], user: &User, role: Role, is_active: bool) -> Result<(), ApiError> {
    let was = user.is_active && user.role == Role::Admin;
    let stays = is_active && role == Role::Admin;
    if was && !stays && admins.iter().all(|id| *id == user.id) {
        let message = "this is the last active administrator; make another one first".to_owned();
        return Err(ApiError::Conflict("last_admin", message));
    }
    Ok(())
}
