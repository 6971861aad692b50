//! Hashing and verifying passwords, a few at a time.

use crate::error::ApiError;
use crate::state::State;
use std::time::Duration;
use tokio::sync::SemaphorePermit;

/// How long a password waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// Waits for a turn: each takes a core and 19 MiB.
pub(crate) async fn hashing_turn(state: &State) -> Result<SemaphorePermit<'_>, ApiError> {
    // Hashing is bounded, so that many logins at once take neither all cores nor all memory.
    match tokio::time::timeout(TURN, state.hashing.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(ApiError::TooManyAttempts(TURN)),
    }
}

/// Hashes a new password.
pub(crate) async fn hash_password(state: &State, password: String) -> Result<String, ApiError> {
    let _turn = hashing_turn(state).await?;
    let hash = state.database.runtime().spawn_blocking(move || secrets::hash_password(&password));
    hash.await.map_err(|_| ApiError::Panicked)?.map_err(|_| ApiError::Internal("a password could not be hashed"))
}
