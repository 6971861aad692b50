//! Syncs, as the gateway shows them.

use super::{Gateway, GatewayError};
use chrono::{DateTime, Utc};
use domain::SyncStatus;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The fields of a sync that the command line reads; the rest is passed on as it came.
#[derive(Debug, Clone, Deserialize)]
pub struct Sync {
    /// Its number.
    pub id: i64,
    /// How it stands.
    pub status: SyncStatus,
    #[serde(default)]
    /// How far it is.
    pub progress: Progress,
    #[serde(default)]
    /// Its counts.
    pub summary: Summary,
    #[serde(default)]
    pub(crate) errors: Vec<RecordError>,
    #[serde(default)]
    /// Why it failed as a whole.
    pub error_message: Option<String>,
    #[serde(default)]
    pub(crate) next_retry_at: Option<String>,
    #[serde(default)]
    pub(crate) started_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) stalled: bool,
}

impl Sync {
    /// From its start to its end, to the microsecond; the gateway's own `duration_seconds` is rounded.
    pub(crate) fn seconds(&self) -> Option<f64> {
        let took = self.completed_at? - self.started_at?;
        took.to_std().ok().map(|took| took.as_secs_f64())
    }
}

/// How far a sync is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// None until it is known.
    pub total_records: Option<u64>,
    /// Those that came to an end.
    pub processed_records: u64,
}

/// Counts of the records so far, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Made on the other side.
    pub created: u64,
    /// Changed on the other side.
    pub updated: u64,
    /// Equal already.
    pub unchanged: u64,
    /// Left out, as the options say.
    pub skipped: u64,
    /// Deleted on the other side.
    pub deleted: u64,
    /// Changed on both sides.
    pub conflicts: u64,
    /// Refused or not mappable.
    pub failed: u64,
}

/// Why one record failed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RecordError {
    pub(crate) record_id: Option<i64>,
    pub(crate) geniacs_id: Option<String>,
    pub(crate) error_type: String,
    pub(crate) error_message: String,
}

impl Gateway {
    /// Starts a sync.
    pub async fn trigger(&self, request: &Value) -> Result<(Sync, Value), GatewayError> {
        read(self.post("/api/geniacs/sync/trigger", request).await?)
    }

    /// Starts a sync of what failed in an ended one.
    pub(crate) async fn retry(&self, id: i64) -> Result<(Sync, Value), GatewayError> {
        read(self.post(&format!("/api/geniacs/sync/{id}/retry"), &Value::Object(Map::new())).await?)
    }

    /// Starts a sync that carries out the plan of a dry run.
    pub(crate) async fn apply(&self, id: i64) -> Result<(Sync, Value), GatewayError> {
        read(self.post(&format!("/api/geniacs/sync/{id}/apply"), &Value::Object(Map::new())).await?)
    }

    /// Starts a sync that goes on where an interrupted one stopped.
    pub(crate) async fn resume(&self, id: i64) -> Result<(Sync, Value), GatewayError> {
        read(self.post(&format!("/api/geniacs/sync/{id}/resume"), &Value::Object(Map::new())).await?)
    }

    /// Asks for the end of a sync that waits or runs.
    pub(crate) async fn cancel(&self, id: i64) -> Result<(Sync, Value), GatewayError> {
        read(self.post(&format!("/api/geniacs/sync/{id}/cancel"), &Value::Object(Map::new())).await?)
    }

    /// A sync as it is now, read and as it came.
    pub(crate) async fn sync(&self, id: i64) -> Result<(Sync, Value), GatewayError> {
        read(self.get(&format!("/api/geniacs/sync/{id}/status")).await?)
    }
}

fn read(data: Value) -> Result<(Sync, Value), GatewayError> {
    let sync = Sync::deserialize(&data["sync"]).map_err(|_| GatewayError::Incomplete("the sync"))?;
    Ok((sync, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_specifications_example_is_read() {
        let (sync, _) = read(json!({"sync": {
            "id": 12345, "integration_id": 1, "sync_type": "incremental", "entity_type": "customers", "status": "success",
            "progress": {"total_records": 25, "processed_records": 25, "successful_records": 24, "failed_records": 1,
                "percentage": 100},
            "started_at": "2024-01-01T10:10:00Z", "completed_at": "2024-01-01T10:15:00Z", "duration_seconds": 300,
            "summary": {"created": 5, "updated": 19, "skipped": 0, "failed": 1},
            "errors": [{"record_id": 123, "error_type": "validation_error", "error_message": "Invalid email format",
                "failed_at": "2024-01-01T10:12:30Z"}]
        }}))
        .unwrap();

        assert_eq!((sync.id, sync.status, sync.progress.total_records), (12_345, SyncStatus::Success, Some(25)));
        assert_eq!(sync.summary, Summary { created: 5, updated: 19, failed: 1, ..Summary::default() });
        assert_eq!(sync.errors[0].record_id, Some(123));
        assert!(sync.seconds().is_some_and(|seconds| (seconds - 300.0).abs() < 1e-6));
    }

    #[test]
    fn a_pull_that_just_began_knows_no_total() {
        let (sync, _) = read(json!({"sync": {"id": 1, "status": "processing", "progress": {"total_records": null,
            "processed_records": 0, "percentage": null}, "duration_seconds": null, "errors": []}}))
        .unwrap();
        assert_eq!(sync.progress.total_records, None);
    }

    #[test]
    fn an_answer_without_a_sync_is_of_another_version() {
        assert!(read(json!({})).is_err_and(|error| error.to_string().contains("another version")));
    }
}
