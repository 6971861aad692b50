//! Mappings that nobody wrote.

use super::section::section;

section! {
    /// Mappings that nobody wrote.
    pub struct MappingSettings {
        defaults: bool = new("default_mappings", "true", "a new integration gets the default mappings"), flag();
        auto_create: bool =
            new("auto_create_mappings", "true", "triggering an entity without a mapping creates its defaults"), flag();
    }
}
