//! The last administrator stays one.

use crate::error::ApiError;
use domain::Role;
use storage::Connection;
use storage::people::users::{self, User};

/// Locks every administrator, and then a user. If two callers take away the last two administrators at the same moment, the
/// second one waits, and sees that only one is left.
pub(super) async fn lock_with_admins(
    connection: &mut Connection,
    id: i64,
) -> storage::Result<(Vec<i64>, Option<User>)> {
    let admins = users::lock_admins(connection).await?;
    Ok((admins, users::lock(connection, id).await?))
}

/// Refuses a change after which `user`, the only administrator who may sign in, would be none.
pub(super) fn check_last_admin(admins: &[i64], user: &User, role: Role, is_active: bool) -> Result<(), ApiError> {
    let was = user.is_active && user.role == Role::Admin;
    let stays = is_active && role == Role::Admin;
    if was && !stays && admins.iter().all(|id| *id == user.id) {
        let message = "this is the last active administrator; make another one first".to_owned();
        return Err(ApiError::Conflict("last_admin", message));
    }
    Ok(())
}
