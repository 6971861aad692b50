//! The history of a record.

crate::named::named_enum! {
    /// An action that was taken on a record.
    Action as "action" {
        /// It was made on the other side.
        Created = "created",
        /// It was changed there.
        Updated = "updated",
        /// It was deleted there.
        Deleted = "deleted",
        /// It failed.
        Failed = "failed",
        /// Both sides changed it.
        Conflict = "conflict",
        /// An event said what is known.
        Unchanged = "unchanged",
        /// An event came too late.
        Superseded = "superseded",
        /// An event was left out.
        Skipped = "skipped",
        /// An event found no record.
        UnknownRecord = "unknown_record",
    }
}

crate::named::named_enum! {
    /// Why something happened to a record.
    Cause as "cause" {
        /// A sync that somebody or a schedule started.
        Sync = "sync",
        /// A sync of what had failed.
        Retry = "retry",
        /// A plan that was applied.
        Apply = "apply",
        /// A conflict that was decided.
        Conflict = "conflict",
        /// A local change, pushed as it happened.
        RealTime = "real_time",
        /// An event of Geniacs.
        Webhook = "webhook",
    }
}
