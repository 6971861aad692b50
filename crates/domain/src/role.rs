//! The rights of a user or a token.

crate::named::named_enum! {
    /// Roles in rising order: each may do what those before it may.
    Role as "role" {
        /// Reads.
        Viewer = "viewer",
        /// Also triggers, cancels, retries, replays, resolves and runs schedules.
        Operator = "operator",
        /// Also changes integrations, mappings, schedules, users and tokens.
        Admin = "admin",
    }
}

impl Role {
    /// Whether this role may do what `required` is asked for.
    pub fn allows(self, required: Role) -> bool {
        self >= required
    }
}
