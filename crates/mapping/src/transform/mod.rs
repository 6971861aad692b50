//! Transformation rules: what changes a value.

pub(crate) mod concat;
mod date_format;
mod date_pattern;
mod decimal;
mod pattern;
mod table;
mod text;
mod together;
mod value_map;

pub(crate) use concat::Concat;
pub(crate) use date_format::DateFormat;
pub(crate) use table::TABLE;
pub(crate) use together::read_transforms;

use crate::catalogue::OnPull;
use crate::cell::Cell;
use crate::problem::Failure;
use crate::reference::References;
use crate::{Region, address, phone};
use decimal::Factor;
use domain::EntityType;
use pattern::{Pattern, Replacements};
use std::borrow::Cow;
use value_map::ValueMap;

/// One transformation rule, ready to be applied.
#[derive(Debug)]
pub(crate) enum Transform {
    Reference(EntityType),
    Concat(Concat),
    Trim,
    RemoveSpecialChars { keep_plus: bool },
    Replace(Replacements),
    Regex(Pattern),
    Format(Format),
    Uppercase,
    Lowercase,
    ValueMap(ValueMap),
    Prefix(String),
    Suffix(String),
    MaxLength { characters: usize, ending: Ending },
    Scale(Factor),
    Round(u32),
    DateFormat(DateFormat),
}

/// What `format` knows to write in one form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    International(Region),
    Ip,
    Mac,
}

/// What `max_length` may do to text that is too long, which depends on the rules before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ending {
    /// Cut.
    Cut,
    /// Cut, and take away the space that now ends it, because the field is trimmed.
    CutAndTrim,
    /// Refuse, because half a telephone number is somebody else's.
    Refuse,
}

/// Why a value of Geniacs has no local form.
pub(crate) enum Undone {
    /// It is wrong.
    Failed(Failure),
    /// It does not say which of several local values is meant.
    Untold,
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Transform {
    /// What a pull does about the rule.
    pub(crate) fn on_pull(&self) -> OnPull {
        match self {
            Self::Reference(_)
            | Self::ValueMap(_)
            | Self::Prefix(_)
            | Self::Suffix(_)
            | Self::Scale(_)
            | Self::DateFormat(_) => OnPull::Undone,
            Self::Trim | Self::Format(_) | Self::Uppercase | Self::Lowercase => OnPull::Repeated,
            Self::Concat(_)
            | Self::RemoveSpecialChars { .. }
            | Self::Replace(_)
            | Self::Regex(_)
            | Self::MaxLength { .. }
            | Self::Round(_) => OnPull::Passed,
        }
    }

    /// Whether a pull undoes the rule. All others are the same both ways, or lose something and are not undone.
    pub(crate) fn is_undone(&self) -> bool {
        self.on_pull() == OnPull::Undone
    }

    /// Applies the rule on the way to Geniacs.
    pub(crate) fn push<'a>(&'a self, cell: &mut Cell<'a>, references: &'a References) -> Result<(), Failure> {
        match self {
            Self::Reference(entity) => return references.push(*entity, cell),
            Self::ValueMap(map) => return map.push(cell),
            Self::Scale(factor) => return factor.multiply(cell),
            Self::Round(digits) => decimal::round_number(cell, *digits),
            Self::DateFormat(format) => return format.push(cell),
            rule => {
                if let Cell::Text(text) = cell {
                    return rule.push_text(text);
                }
            }
        }

        Ok(())
    }

    fn push_text(&self, text: &mut Cow<'_, str>) -> Result<(), Failure> {
        match self {
            Self::RemoveSpecialChars { keep_plus } => text::remove_special_chars(text, *keep_plus),
            Self::Replace(replacements) => return replacements.apply(text),
            Self::Regex(pattern) => return pattern.apply(text),
            Self::Prefix(prefix) => text::add_text(text, prefix, ""),
            Self::Suffix(suffix) => text::add_text(text, "", suffix),
            Self::MaxLength { characters, ending } => return text::shorten_text(text, *characters, *ending),
            rule => return rule.repeat_text(text),
        }

        Ok(())
    }

    /// Applies the rule to what came from Geniacs if it is the same both ways.
    pub(crate) fn repeat(&self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        if let Cell::Text(text) = cell { self.repeat_text(text) } else { Ok(()) }
    }

    fn repeat_text(&self, text: &mut Cow<'_, str>) -> Result<(), Failure> {
        match self {
            Self::Trim => text::trim_text(text),
            Self::Format(format) => return format.apply(text),
            Self::Uppercase => text::uppercase_text(text),
            Self::Lowercase => text::lowercase_text(text),
            _ => {}
        }
        Ok(())
    }

    /// Takes back what the rule did on the way to Geniacs.
    pub(crate) fn undo<'a>(&'a self, cell: &mut Cell<'a>, references: &'a References) -> Result<(), Undone> {
        match (self, &mut *cell) {
            (Self::ValueMap(map), _) => return map.undo(cell),
            (Self::Reference(entity), _) => references.pull(*entity, cell)?,
            (Self::Scale(factor), _) => factor.divide(cell)?,
            (Self::DateFormat(format), _) => format.undo(cell)?,
            (Self::Prefix(prefix), Cell::Text(text)) => text::take_text(text, prefix, ""),
            (Self::Suffix(suffix), Cell::Text(text)) => text::take_text(text, "", suffix),
            // The other rules are the same both ways.
            (rule, _) => rule.repeat(cell)?,
        }

        Ok(())
    }

    /// The text that the rule puts around another, beside the rule's name.
    fn added(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Prefix(text) => Some(("prefix", text)),
            Self::Suffix(text) => Some(("suffix", text)),
            _ => None,
        }
    }

    fn is_phone(&self) -> bool {
        matches!(self, Self::Format(Format::International(_)))
    }

    fn is_format(&self) -> bool {
        matches!(self, Self::Format(_))
    }
}

impl Format {
    fn apply(self, text: &mut Cow<'_, str>) -> Result<(), Failure> {
        if text.is_empty() {
            return Ok(());
        }

        let (formatted, wrong) = match self {
            Self::International(region) => {
                (phone::international_phone(text, region), "is not a telephone number that any region's plan allows")
            }
            Self::Ip => (address::format_ip(text), "is not an IP address, with or without the length of its network"),
            Self::Mac => (address::format_mac(text), "is not a hardware address of twelve hexadecimal digits"),
        };

        let formatted = formatted.ok_or_else(|| Failure::new("format", wrong))?;

        // Text that has the form already is not copied.
        if formatted != **text {
            *text = Cow::Owned(formatted);
        }
        Ok(())
    }
}
