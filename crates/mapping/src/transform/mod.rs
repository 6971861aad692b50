//! Transformation rules: what changes a value.

mod text;

use crate::cell::{Cell, Way};
use crate::phone;
use crate::problem::Failure;
use crate::rule::{Rule, TEXT, Table, characters, switched_on};
use crate::{Context, Problem, Region};
use std::borrow::Cow;

/// One transformation rule, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Transform {
    Trim,
    RemoveSpecialChars { keep_plus: bool },
    International(Region),
    Uppercase,
    Lowercase,
    MaxLength { characters: usize, ending: Ending },
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

/// The rules in the order in which the object form applies them.
pub(crate) const TABLE: Table<Transform> = Table {
    field: "transformation_rules",
    rules: &[
        Rule { name: "trim", fits: TEXT, read: |argument, _| switched_on(argument).map(|()| Transform::Trim) },
        Rule {
            name: "remove_special_chars",
            fits: TEXT,
            read: |argument, _| switched_on(argument).map(|()| Transform::RemoveSpecialChars { keep_plus: false }),
        },
        Rule {
            name: "format",
            fits: TEXT,
            read: |argument, context| match argument.as_str() {
                Some("international") => Ok(Transform::International(context.default_region)),
                _ => Err("must be \"international\"".to_owned()),
            },
        },
        Rule {
            name: "uppercase",
            fits: TEXT,
            read: |argument, _| switched_on(argument).map(|()| Transform::Uppercase),
        },
        Rule {
            name: "lowercase",
            fits: TEXT,
            read: |argument, _| switched_on(argument).map(|()| Transform::Lowercase),
        },
        Rule {
            name: "max_length",
            fits: TEXT,
            read: |argument, _| Ok(Transform::MaxLength { characters: characters(argument, 1)?, ending: Ending::Cut }),
        },
    ],
};

/// Reads a mapping's transformation rules and lets each know of its neighbours.
pub(crate) fn read(mapping: &crate::FieldMapping, context: &Context, problems: &mut Vec<Problem>) -> Vec<Transform> {
    let mut rules = TABLE.read(&mapping.transformation_rules, mapping.field_type, context, problems);
    if rules.contains(&Transform::Uppercase) && rules.contains(&Transform::Lowercase) {
        let message = "cannot be combined with uppercase: one would undo the other";
        problems.push(Problem::new("transformation_rules.lowercase", message));
    }
    for at in 0..rules.len() {
        let (before, rest) = rules.split_at_mut(at);
        let Some((rule, after)) = rest.split_first_mut() else { break };
        match rule {
            // The plus says that a country code follows; without it +1 650… would read as a local number.
            Transform::RemoveSpecialChars { keep_plus } => *keep_plus = after.iter().any(Transform::is_phone),
            Transform::MaxLength { ending, .. } if before.iter().any(Transform::is_phone) => *ending = Ending::Refuse,
            Transform::MaxLength { ending, .. } if before.contains(&Transform::Trim) => *ending = Ending::CutAndTrim,
            _ => {}
        }
    }
    rules
}

impl Transform {
    /// Applies the rule. One that loses something is applied on the way to Geniacs only; all others are idempotent and
    /// apply both ways.
    pub(crate) fn apply(&self, way: Way, cell: &mut Cell<'_>) -> Result<(), Failure> {
        match way {
            Way::Push => self.push(cell),
            Way::Pull => self.pull(cell),
        }
    }

    fn push(&self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        let Cell::Text(text) = cell else { return Ok(()) };
        match self {
            Self::Trim => text::trim(text),
            Self::RemoveSpecialChars { keep_plus } => text::remove_special_chars(text, *keep_plus),
            Self::International(region) => return international(text, *region),
            Self::Uppercase => text::uppercase(text),
            Self::Lowercase => text::lowercase(text),
            Self::MaxLength { characters, ending } => return text::shorten(text, *characters, *ending),
        }
        Ok(())
    }

    fn pull(&self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        match self {
            Self::Trim | Self::International(_) | Self::Uppercase | Self::Lowercase => self.push(cell),
            Self::RemoveSpecialChars { .. } | Self::MaxLength { .. } => Ok(()),
        }
    }

    fn is_phone(&self) -> bool {
        matches!(self, Self::International(_))
    }
}

fn international(text: &mut Cow<'_, str>, region: Region) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    let formatted = phone::international(text, region)
        .ok_or_else(|| Failure::new("format", "is not a telephone number that any region's plan allows"))?;
    if formatted != **text {
        *text = Cow::Owned(formatted);
    }
    Ok(())
}
