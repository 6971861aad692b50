//! Transformation rules: what changes a value.

mod text;

use crate::cell::Cell;
use crate::phone;
use crate::problem::Failure;
use crate::reference::{REFERENCE, References};
use crate::rule::{Rule, TEXT, Table, characters, switched_on};
use crate::{Context, Problem, Region};
use domain::EntityType;
use serde_json::Value;
use std::borrow::Cow;

/// One transformation rule, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Transform {
    Reference(EntityType),
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
        Rule { name: REFERENCE, fits: TEXT, read: |argument, _| target(argument).map(Transform::Reference) },
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

/// The entity that a reference names. Monitoring data has no links.
fn target(argument: &Value) -> Result<EntityType, String> {
    let linked = || EntityType::ALL.iter().filter(|entity| **entity != EntityType::MonitoringData);
    let named = linked().find(|entity| Some(entity.as_str()) == argument.as_str());
    named.copied().ok_or_else(|| {
        let names: Vec<&str> = linked().map(|entity| entity.as_str()).collect();
        format!("must be the entity that the field refers to, one of: {}", names.join(", "))
    })
}

impl Transform {
    /// The entity whose ids the rule translates.
    pub(crate) fn refers_to(&self) -> Option<EntityType> {
        if let Self::Reference(entity) = self { Some(*entity) } else { None }
    }

    /// Whether a pull undoes the rule. All others are the same both ways, or lose something and are not undone.
    pub(crate) fn is_undone(&self) -> bool {
        matches!(self, Self::Reference(_))
    }

    /// Applies the rule on the way to Geniacs.
    pub(crate) fn push<'a>(&self, cell: &mut Cell<'a>, references: &'a References) -> Result<(), Failure> {
        if let Self::Reference(entity) = self {
            return references.push(*entity, cell);
        }
        let Cell::Text(text) = cell else { return Ok(()) };
        match self {
            Self::Reference(_) => {}
            Self::Trim => text::trim(text),
            Self::RemoveSpecialChars { keep_plus } => text::remove_special_chars(text, *keep_plus),
            Self::International(region) => return international(text, *region),
            Self::Uppercase => text::uppercase(text),
            Self::Lowercase => text::lowercase(text),
            Self::MaxLength { characters, ending } => return text::shorten(text, *characters, *ending),
        }
        Ok(())
    }

    /// Applies the rule to what came from Geniacs if it is the same both ways.
    pub(crate) fn repeat(&self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        let Cell::Text(text) = cell else { return Ok(()) };
        match self {
            Self::Trim => text::trim(text),
            Self::International(region) => return international(text, *region),
            Self::Uppercase => text::uppercase(text),
            Self::Lowercase => text::lowercase(text),
            _ => {}
        }
        Ok(())
    }

    /// Takes back what the rule did on the way to Geniacs.
    pub(crate) fn undo(&self, cell: &mut Cell<'_>, references: &References) -> Result<(), Failure> {
        match self {
            Self::Reference(entity) => references.pull(*entity, cell),
            rule => rule.repeat(cell),
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
