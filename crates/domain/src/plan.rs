//! The plan of a dry run for a record.

crate::named::named_enum! {
    /// The action that a plan holds for one record.
    PlanAction as "action" {
        /// The other side lacks it and would get it.
        Create = "create",
        /// Fields of it would change.
        Update = "update",
        /// It would be deleted.
        Delete = "delete",
        /// Both sides say the same.
        Unchanged = "unchanged",
        /// It is left out by the options.
        Skip = "skip",
        /// Both sides changed it, and somebody has to decide.
        Conflict = "conflict",
        /// It cannot be carried over.
        Fail = "fail",
    }
}

impl PlanAction {
    /// Whether applying the plan does anything with such a record.
    pub const fn is_applied(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }
}
