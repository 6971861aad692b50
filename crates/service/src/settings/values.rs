//! The values that were found, by key, the strongest source first; and how sections read them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::error::{SettingsError, Source};
use super::{CONFIG, PREFIX, Setting, all_settings, file};

/// Enough of a wrong value to recognise it.
const SHOWN_CHARACTERS: usize = 64;

pub(super) struct Values {
    found: HashMap<&'static str, FoundValue>,
    /// Variables under the prefix that no setting reads.
    pub(super) unknown_variables: Vec<String>,
}

#[derive(Clone)]
struct FoundValue {
    text: String,
    source: Source,
}

impl Values {
    /// Lays the environment over the file that it names. An empty value counts as none.
    pub(super) fn gather(environment: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let mut found = HashMap::new();
        if let Some(path) = environment.get(&CONFIG.variable()).filter(|path| !path.is_empty()) {
            read_file(PathBuf::from(path), &mut found)?;
        }

        // The environment wins over the file.
        for setting in all_settings() {
            if let Some(value) = from_environment(setting, environment) {
                found.insert(setting.key, value);
            }
        }

        Ok(Self { found, unknown_variables: unknown_variables(environment) })
    }

    /// Where the setting's value came from.
    pub(super) fn source(&self, setting: &Setting) -> Source {
        self.found.get(setting.key).map_or(Source::Default, |found| found.source.clone())
    }

    /// Reads a value with `parse`; `must_be` completes "but it must be …".
    pub(super) fn optional<T>(
        &self,
        setting: &Setting,
        must_be: impl Display,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingsError> {
        let found = self.found.get(setting.key).map(|found| found.text.as_str()).or(setting.default);
        found.map(|text| parse(text).ok_or_else(|| self.impossible(setting, must_be))).transpose()
    }

    /// As [`Values::optional`], for a setting with a default.
    pub(super) fn value<T>(
        &self,
        setting: &Setting,
        must_be: impl Display,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, SettingsError> {
        self.optional(setting, must_be, parse)?.ok_or_else(|| SettingsError::missing(setting))
    }

    pub(super) fn text(&self, setting: &Setting) -> Result<Option<String>, SettingsError> {
        self.optional(setting, "text", |text| Some(text.to_owned()))
    }

    pub(super) fn flag(&self, setting: &Setting) -> Result<bool, SettingsError> {
        self.value(setting, "true or false", |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        })
    }

    pub(super) fn number<N>(&self, setting: &Setting, range: RangeInclusive<N>) -> Result<N, SettingsError>
    where
        N: FromStr + PartialOrd + Display,
    {
        let must_be = format!("a whole number from {} to {}", range.start(), range.end());
        self.value(setting, must_be, |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    /// Milliseconds.
    pub(super) fn milliseconds(
        &self,
        setting: &Setting,
        range: RangeInclusive<u64>,
    ) -> Result<Duration, SettingsError> {
        self.number(setting, range).map(Duration::from_millis)
    }

    /// A path, where one is set.
    pub(super) fn path(&self, setting: &Setting) -> Result<Option<PathBuf>, SettingsError> {
        Ok(self.text(setting)?.map(PathBuf::from))
    }

    /// As [`Values::optional`], for a list: empty where nothing is set.
    pub(super) fn list<T>(
        &self,
        setting: &Setting,
        must_be: impl Display,
        parse: impl FnOnce(&str) -> Option<Vec<T>>,
    ) -> Result<Vec<T>, SettingsError> {
        Ok(self.optional(setting, must_be, parse)?.unwrap_or_default())
    }

    /// Seconds, or a number with `s`, `m`, `h` or `d` behind it.
    pub(super) fn duration(&self, setting: &Setting, range: RangeInclusive<u64>) -> Result<Duration, SettingsError> {
        let must_be = format!("seconds from {} to {} (`300`, `5m`)", range.start(), range.end());
        let seconds = self.value(setting, must_be, |text| parse_seconds(text).filter(|s| range.contains(s)))?;
        Ok(Duration::from_secs(seconds))
    }

    /// An address of one of the schemes, kept as a secret since it may hold a password.
    pub(super) fn address(&self, setting: &Setting, schemes: &[&str]) -> Result<Option<SecretString>, SettingsError> {
        let must_be = format!("an address that begins with {}://", schemes.join(":// or "));
        self.optional(setting, must_be, |text| {
            let url = Url::parse(text).ok()?;
            schemes.contains(&url.scheme()).then(|| SecretString::from(text))
        })
    }

    /// The error for a value that may not be what it is; `must_be` completes "but it must be …".
    pub(super) fn impossible(&self, setting: &Setting, must_be: impl Display) -> SettingsError {
        let text = self.found.get(setting.key).map_or(setting.default.unwrap_or_default(), |found| &found.text);
        // A secret is never repeated, not even a wrong one.
        let problem = if setting.secret {
            format!("cannot be used, it must be {must_be}")
        } else {
            let shown: String = text.chars().take(SHOWN_CHARACTERS).flat_map(char::escape_debug).collect();
            format!("is `{shown}`, but it must be {must_be}")
        };
        let remedy = match setting.default {
            Some(default) if !default.is_empty() => format!("correct it, or remove it for the default {default}"),
            _ => "correct it".to_owned(),
        };
        SettingsError::Impossible { key: setting.key, source_of_value: self.source(setting), problem, remedy }
    }

    /// As [`Values::impossible`], for the setting of this key.
    pub(super) fn refused(&self, key: &'static str, must_be: impl Display) -> SettingsError {
        match all_settings().find(|setting| setting.key == key) {
            Some(setting) => self.impossible(setting, must_be),
            None => SettingsError::Impossible {
                key,
                source_of_value: Source::Default,
                problem: format!("must be {must_be}"),
                remedy: "correct it".to_owned(),
            },
        }
    }
}

/// A URL of nothing but scheme, host and port.
pub(super) fn bare_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (is_bare && url.username().is_empty() && url.password().is_none() && url.has_host()).then_some(url)
}

pub(super) fn parse_seconds(text: &str) -> Option<u64> {
    let (number, unit) = match text.char_indices().last()? {
        (at, 's') => (&text[..at], 1),
        (at, 'm') => (&text[..at], 60),
        (at, 'h') => (&text[..at], 3_600),
        (at, 'd') => (&text[..at], 86_400),
        _ => (text, 1),
    };
    number.trim().parse::<u64>().ok()?.checked_mul(unit)
}

fn read_file(path: PathBuf, found: &mut HashMap<&'static str, FoundValue>) -> Result<(), SettingsError> {
    let source = Source::File(path.clone());
    for (key, text) in file::read_file(&path, &Source::Environment(CONFIG.variable()))? {
        let Some(setting) = all_settings().find(|setting| setting.key == key) else {
            return Err(SettingsError::UnknownKey { known: known_beside(&key), key, path });
        };

        if !text.is_empty() {
            found.insert(setting.key, FoundValue { text, source: source.clone() });
        }
    }
    Ok(())
}

fn known_beside(key: &str) -> String {
    let table = |key: &str| key.rsplit_once('.').map(|(table, _)| table.to_owned());
    // Keys of the same table are the likely ones behind a typing error.
    let beside: Vec<&str> =
        all_settings().map(|setting| setting.key).filter(|known| table(known) == table(key)).collect();
    if beside.is_empty() { "no key of that table".to_owned() } else { beside.join(", ") }
}

fn from_environment(setting: &Setting, environment: &BTreeMap<String, String>) -> Option<FoundValue> {
    let names = std::iter::once(setting.variable()).chain(setting.aliases.iter().map(ToString::to_string));
    names.into_iter().find_map(|name| {
        let text = environment.get(&name).filter(|text| !text.is_empty())?.clone();
        Some(FoundValue { text, source: Source::Environment(name) })
    })
}

fn unknown_variables(environment: &BTreeMap<String, String>) -> Vec<String> {
    let known: Vec<String> = all_settings().chain([&CONFIG]).map(Setting::variable).collect();
    environment.keys().filter(|name| name.starts_with(PREFIX) && !known.contains(name)).cloned().collect()
}
