//! Waiting for a condition instead of for a time.

use std::time::{Duration, Instant};

/// Asks again and again until there is an answer, for `limit` at most.
///
/// # Panics
/// If there is none in time; `what` says what was waited for.
pub async fn eventually<T>(what: &str, limit: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    let mut pause = Duration::from_millis(5);

    loop {
        if let Some(answer) = ask().await {
            return answer;
        }

        assert!(started.elapsed() < limit, "{what}: not within {limit:?}");

        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}
