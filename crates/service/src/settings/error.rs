//! What can be wrong with settings, each in one sentence that names the key, the source and the remedy.

use std::fmt;
use std::path::PathBuf;

use super::Setting;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The environment variable of this name.
    Environment(String),
    /// The settings file of this path.
    File(PathBuf),
    /// The default in the code.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// Why the settings cannot be used. A value appears only where it is not a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A value that its setting does not allow.
    #[error("setting `{key}` from {source_of_value} {problem}: {remedy}")]
    Impossible {
        /// The key.
        key: &'static str,
        /// Where the value came from.
        source_of_value: Source,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A setting that this service needs and nobody gave.
    #[error("setting `{key}` is missing: set the environment variable {variables} ({meaning})")]
    Missing {
        /// The key.
        key: &'static str,
        /// Its variable and aliases.
        variables: String,
        /// What it does.
        meaning: &'static str,
    },
    /// A key in the settings file that nothing reads.
    #[error("unknown key `{key}` in file {}: remove it or correct its name; known here: {known}", path.display())]
    UnknownKey {
        /// The key as it stands there.
        key: String,
        /// The file.
        path: PathBuf,
        /// The keys that the same table may hold.
        known: String,
    },
    /// A file that a setting names and that cannot be read.
    #[error("file {}, named by {named_by}, cannot be read ({reason}): correct the path or the file's rights", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The setting's source.
        named_by: Source,
        /// What the system says.
        reason: String,
    },
    /// A settings file that is not TOML.
    #[error("file {} is not valid TOML ({reason}): correct it there", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// The place of the first fault.
        reason: String,
    },
}

impl SettingsError {
    pub(super) fn missing(setting: &Setting) -> Self {
        let variables = std::iter::once(setting.variable()).chain(setting.aliases.iter().map(ToString::to_string));
        let variables = variables.collect::<Vec<_>>().join(" or ");
        Self::Missing { key: setting.key, variables, meaning: setting.meaning }
    }
}
