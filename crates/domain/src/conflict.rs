//! Conflicts: what both sides changed.

crate::named::named_enum! {
    /// The state of a conflict.
    ConflictState as "state" {
        /// A person has to decide.
        Open = "open",
        /// Decided, and not carried out yet.
        Decided = "decided",
        /// Over.
        Resolved = "resolved",
    }
}

crate::named::named_enum! {
    /// Whose values hold.
    Resolution as "resolution" {
        /// The provider's.
        Local = "local",
        /// The partner's.
        Geniacs = "geniacs",
        /// Some of each, or others.
        Merge = "merge",
    }
}
