//! A settings file: TOML, flattened to dotted keys.

use std::path::Path;

use config::{ConfigError, File, FileFormat, Source as _, Value, ValueKind};

use super::error::{SettingsError, Source};

/// Reads every key of the file with its value as text. Lists become text with commas between, as variables write them.
pub(super) fn read_file(path: &Path, named_by: &Source) -> Result<Vec<(String, String)>, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable_file(path, named_by, &error))?;
    let tables = File::from_str(&text, FileFormat::Toml).collect().map_err(|error| not_toml(path, &error))?;
    let mut found = Vec::new();
    for (key, value) in tables {
        flatten_value(key, value, &mut found);
    }
    found.sort();
    Ok(found)
}

/// The error for a file that `named_by` names and that cannot be read.
pub(super) fn unreadable_file(path: &Path, named_by: &Source, error: &std::io::Error) -> SettingsError {
    SettingsError::Unreadable { path: path.to_owned(), named_by: named_by.clone(), reason: error.to_string() }
}

/// Keeps the place and drops the excerpt, in which a password may stand.
fn not_toml(path: &Path, error: &ConfigError) -> SettingsError {
    let text = error.to_string();
    let place = text.lines().next().unwrap_or_default().trim_start_matches("TOML parse error ");
    SettingsError::NotToml { path: path.to_owned(), reason: place.to_owned() }
}

fn flatten_value(key: String, value: Value, found: &mut Vec<(String, String)>) {
    match value.kind {
        ValueKind::Table(table) => {
            for (inner, value) in table {
                flatten_value(format!("{key}.{inner}"), value, found);
            }
        }
        ValueKind::Array(values) => {
            let texts: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
            found.push((key, texts.join(",")));
        }
        _ => found.push((key, value.to_string())),
    }
}
