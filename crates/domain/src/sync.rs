//! A sync: what it is asked to do and the states it passes through.

use crate::EntityType;
use serde::{Deserialize, Serialize};

crate::named::named_enum! {
    /// The records that a sync walks.
    SyncType as "sync_type" {
        /// Every record, by id.
        Full = "full",
        /// Records that changed since the last run.
        Incremental = "incremental",
        /// An incremental that a change woke.
        RealTime = "real_time",
        /// An incremental that a schedule started.
        Scheduled = "scheduled",
    }
}

crate::named::named_enum! {
    /// Which side is read and which is written.
    SyncDirection as "sync_direction" {
        /// A push: the provider's records go to Geniacs.
        ToGeniacs = "to_geniacs",
        /// A pull: Geniacs' records come here.
        FromGeniacs = "from_geniacs",
        /// A pull, then a push of what the pull left different.
        Bidirectional = "bidirectional",
    }
}

crate::named::named_enum! {
    /// The status of a sync. `Success`, `Failed`, `Partial` and `Cancelled` are final.
    SyncStatus as "status" {
        /// Accepted, waiting: for a retry's time, a pause, or another run of the same entity.
        Pending = "pending",
        /// Running.
        Processing = "processing",
        /// Ended; no record failed.
        Success = "success",
        /// Ended; nothing succeeded, or a cause stopped the whole run.
        Failed = "failed",
        /// Ended; some records failed and others did not.
        Partial = "partial",
        /// Ended by a person.
        Cancelled = "cancelled",
    }
}

impl SyncStatus {
    /// Whether the sync has ended for good.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }
}

/// The order in which chunks are claimed: all of an earlier lane come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Somebody waits for it: a person, a program, an event, a local change.
    Now,
    /// It started by itself.
    Scheduled,
    /// A full run of everything that started by itself can wait for what is quickly done.
    Backfill,
}

impl Lane {
    /// Its number, as it is stored.
    pub const fn number(self) -> i16 {
        match self {
            Self::Now => 0,
            Self::Scheduled => 1,
            Self::Backfill => 2,
        }
    }

    /// The lane of what a schedule or an interval starts.
    pub fn of_schedule(request: &SyncRequest) -> Self {
        let everything = request.sync_type == SyncType::Full && request.filters.is_empty();
        if everything { Self::Backfill } else { Self::Scheduled }
    }
}

crate::named::named_enum! {
    /// What a chunk is a piece of.
    ChunkKind as "kind" {
        /// Freezing the plan, or making the next step.
        Plan = "plan",
        /// Records that are sent.
        Push = "push",
        /// A listing that is applied.
        Pull = "pull",
    }
}

crate::named::named_enum! {
    /// The purpose of a sync.
    SyncKind as "kind" {
        /// To move records.
        Sync = "sync",
        /// To plan what would happen: a dry run.
        Preview = "preview",
        /// To compare both sides.
        Check = "check",
        /// To do what a dry run planned.
        Apply = "apply",
        /// To try again what failed in another sync.
        Retry = "retry",
        /// To go on where another sync was interrupted.
        Resume = "resume",
    }
}

crate::named::named_enum! {
    /// Who or what asked for a sync.
    Starter as "type" {
        /// A person who was signed in.
        User = "user",
        /// A program with a token.
        Token = "token",
        /// A schedule's tick.
        Schedule = "schedule",
        /// The end of an integration's `sync_interval`.
        Interval = "interval",
        /// A local change.
        RealTime = "real_time",
        /// The system itself, for records that can go now.
        Retry = "retry",
    }
}

/// Which records a sync is limited to. The contract's `filters`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Only records changed at or after this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_since: Option<chrono::DateTime<chrono::Utc>>,
    /// Only records with this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Only these: local ids in a push, Geniacs ids in a pull; at most [`Filters::MAX_IDS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<RecordKey>,
    /// At most this many records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Filters {
    /// How many ids one sync may name.
    pub const MAX_IDS: usize = 10_000;

    /// Whether every record is meant.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a filter names one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordKey {
    /// The local id, a JSON number.
    Local(i64),
    /// The Geniacs id, a JSON string.
    Geniacs(String),
}

impl Serialize for RecordKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Local(id) => serializer.serialize_i64(*id),
            Self::Geniacs(id) => serializer.serialize_str(id),
        }
    }
}

impl<'de> Deserialize<'de> for RecordKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(id) if crate::record_id::is_id(&id) => Ok(Self::Geniacs(id)),
            serde_json::Value::Number(id) => {
                id.as_i64().map(Self::Local).ok_or_else(|| serde::de::Error::custom("an id is a whole number"))
            }
            _ => Err(serde::de::Error::custom("an id is a number, or a string of 1 to 255 characters")),
        }
    }
}

/// What a sync may do. The contract's `options`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the contract names each of them")]
pub struct SyncOptions {
    /// Create records that the other side lacks.
    pub create_missing: bool,
    /// Update records that both sides have.
    pub update_existing: bool,
    /// Delete records that this side lacks; only in an unfiltered full run.
    pub delete_missing: bool,
    /// Only tell what would happen.
    pub dry_run: bool,
    /// Delete more than the guard allows.
    pub confirm_deletes: bool,
    /// Clear or change more than the guards allow.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confirm_changes: bool,
    /// What to do while another run of the same entity is under way.
    pub if_running: IfRunning,
}

impl SyncOptions {
    /// Whether a run with these options takes every record that it meets.
    pub const fn leave_nothing_out(&self) -> bool {
        self.create_missing && self.update_existing
    }

    /// Why a run may not delete what one side lacks; none if it may.
    pub fn why_no_deletion(sync_type: SyncType, entity: Option<EntityType>, filters: &Filters) -> Option<&'static str> {
        if entity == Some(EntityType::MonitoringData) {
            return Some("monitoring data is only ever added; leave it false");
        }
        if sync_type != SyncType::Full {
            return Some("needs a `full` sync: any other looks only at what changed, and proves nothing missing");
        }
        (!filters.is_empty()).then_some("needs a sync without filters: one over some records proves nothing missing")
    }
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            create_missing: true,
            update_existing: true,
            delete_missing: false,
            dry_run: false,
            confirm_deletes: false,
            confirm_changes: false,
            if_running: IfRunning::Queue,
        }
    }
}

crate::named::named_enum! {
    /// What to do while another run of the same integration and entity is under way.
    IfRunning as "if_running" {
        /// Wait as `pending`.
        Queue = "queue",
        /// Refuse with 409.
        Reject = "reject",
    }
}

/// A sync as it is asked for, already checked.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncRequest {
    /// The integration's id.
    pub integration_id: i64,
    /// What is walked.
    pub sync_type: SyncType,
    /// Which kind of record.
    pub entity_type: EntityType,
    /// Which way.
    pub direction: SyncDirection,
    /// Limits.
    pub filters: Filters,
    /// Permissions.
    pub options: SyncOptions,
}
