//! Failed logins in the audit log: one entry for a network and a minute, however many there were.

use crate::database::Database;
use crate::error::ApiError;
use audit_chain::AuditChain;
use futures_util::FutureExt as _;
use serde_json::json;
use service::CancellationToken;
use std::time::Duration;
use storage::Connection;
use storage::people::audit::Entry;
use storage::people::failed_logins::{self, FailedLogins};

/// Failed logins from one network within this time are one entry.
const WINDOW_SECONDS: f64 = 60.0;
/// Time between two looks at what is counted.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Entries that one transaction writes; the audit log is locked meanwhile.
const BATCH: u16 = 100;

/// Writes down what was counted, until `shutdown` fires. What is left then waits in the database for the next gateway.
pub(crate) async fn write_failed_logins(database: Database, log: AuditChain, shutdown: CancellationToken) {
    while shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        loop {
            let log = log.clone();
            match database.transaction(move |c| write_batch(c, log).boxed()).await {
                // A full batch: more may be left.
                Ok(written) if written == usize::from(BATCH) => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "failed logins were not written to the audit log; they are kept");
                    break;
                }
            }
        }
    }
}

/// Returns how many entries were written.
async fn write_batch(connection: &mut Connection, log: AuditChain) -> Result<usize, ApiError> {
    // A window that has not ended may still grow: it stays.
    let ended = failed_logins::take_older_than(connection, WINDOW_SECONDS, i64::from(BATCH)).await?;
    for failed in &ended {
        log.add(connection, &entry_of_failures(failed)).await?;
    }
    Ok(ended.len())
}

fn entry_of_failures(failed: &FailedLogins) -> Entry<'static> {
    Entry {
        user_id: None,
        actor: "api-gateway",
        address: failed.network(),
        action: "login.failed",
        subject_type: "login",
        subject_id: None,
        before: None,
        after: Some(json!({"attempts": failed.attempts, "from": failed.began_at, "to": failed.last_at})),
        request_id: None,
    }
}
