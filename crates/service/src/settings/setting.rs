//! One setting: its key, its variable, its default and what it does.

/// One entry of the table of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The key in a settings file, with a dot before each level: `database.url`.
    pub key: &'static str,
    /// What holds where nothing is set; `None` where there is no value or it depends on the service.
    pub default: Option<&'static str>,
    /// What it does, with its unit.
    pub meaning: &'static str,
    /// Variables of other names that are understood too, weaker than this setting's own.
    pub aliases: &'static [&'static str],
    /// Whether its value must never be shown.
    pub secret: bool,
}

impl Setting {
    pub(super) const fn new(key: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self { key, default: Some(default), meaning, aliases: &[], secret: false }
    }

    pub(super) const fn optional(key: &'static str, meaning: &'static str) -> Self {
        Self { key, default: None, meaning, aliases: &[], secret: false }
    }

    pub(super) const fn secret(key: &'static str, meaning: &'static str) -> Self {
        Self { key, default: None, meaning, aliases: &[], secret: true }
    }

    pub(super) const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The environment variable: `GENIACS_DATABASE__URL` for `database.url`.
    pub fn variable(&self) -> String {
        format!("GENIACS_{}", self.key.to_uppercase().replace('.', "__"))
    }
}
