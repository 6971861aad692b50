//! What the rules of one mapping mean for each other.

use super::table::TABLE;
use super::value_map::{self, ValueMap};
use super::{Ending, Transform};
use crate::cell::Cell;
use crate::reference::References;
use crate::rule::Facts;
use crate::{FieldMapping, Problem};
use domain::{FieldType, Reason};

/// Reads a mapping's transformation rules and lets each know of its neighbours.
pub(crate) fn read_transforms(mapping: &FieldMapping, facts: &Facts, problems: &mut Vec<Problem>) -> Vec<Transform> {
    let mut rules = TABLE.read(&mapping.transformation_rules, facts, problems);
    acquaint_rules(&mut rules);

    let mut refuse = |rule: &str, message: String| {
        problems.push(Problem::new(format!("{}.{rule}", TABLE.field), Reason::new("rules_contradict", message)));
    };

    let has = |wanted: fn(&Transform) -> bool| rules.iter().any(wanted);
    if has(|rule| matches!(rule, Transform::Uppercase)) && has(|rule| matches!(rule, Transform::Lowercase)) {
        refuse("lowercase", "cannot be combined with uppercase: one would undo the other".to_owned());
    }
    if rules.iter().skip(1).any(|rule| matches!(rule, Transform::Concat(_))) {
        refuse("concat", "must stand first, since it makes the value that the other rules change".to_owned());
    }
    if rules.iter().filter(|rule| matches!(rule, Transform::DateFormat(_))).count() > 1 {
        refuse("date_format", "must stand once".to_owned());
    }

    for (at, rule) in rules.iter().enumerate() {
        let after = rules.get(at + 1..).unwrap_or_default();
        if let Some((name, text)) = rule.added().filter(|(_, text)| change_text(after, text)) {
            refuse(name, format!("adds `{text}`, which the rules after it change; put them before it"));
        }

        let Transform::ValueMap(map) = rule else { continue };
        if facts.kind != FieldType::String && at > 0 {
            refuse("value_map", format!("must stand first in a field of type {}", facts.kind));
        }

        // A pull could not find the way back for such a value.
        if let Some(lost) = lost_target(map, after) {
            let lost: String = lost.chars().take(64).collect();
            refuse(
                "value_map",
                format!("sends `{lost}`, which the rules after it change so that it cannot be read back"),
            );
        }
    }

    rules
}

fn acquaint_rules(rules: &mut [Transform]) {
    for at in 0..rules.len() {
        let (before, rest) = rules.split_at_mut(at);
        let Some((rule, after)) = rest.split_first_mut() else { break };
        match rule {
            // The plus says that a country code follows; without it +1 650… would read as a local number.
            Transform::RemoveSpecialChars { keep_plus } => *keep_plus = after.iter().any(Transform::is_phone),
            Transform::MaxLength { ending, .. } if before.iter().any(Transform::is_format) => *ending = Ending::Refuse,
            Transform::MaxLength { ending, .. } if before.iter().any(|rule| matches!(rule, Transform::Trim)) => {
                *ending = Ending::CutAndTrim;
            }
            _ => {}
        }
    }
}

/// Whether rules change a text that a pull looks for. Cutting is no matter: what is cut off is not looked for.
fn change_text(rules: &[Transform], text: &str) -> bool {
    let none = References::default();
    let harmless = |rule: &&Transform| matches!(rule, Transform::MaxLength { .. }) || rule.is_undone();
    let mut cell = Cell::Text(text.into());
    let passed = rules.iter().filter(|rule| !harmless(rule)).try_for_each(|rule| rule.push(&mut cell, &none));
    passed.is_err() || !cell.equals_incoming(&Cell::Text(text.into()))
}

/// A value of the map that does not come back from the rules that follow it.
fn lost_target(map: &ValueMap, after: &[Transform]) -> Option<String> {
    let none = References::default();
    let comes_back = |target: &Cell<'static>| {
        let mut cell = target.reborrow();
        after.iter().try_for_each(|rule| rule.push(&mut cell, &none)).ok()?;
        after.iter().rev().try_for_each(|rule| rule.undo(&mut cell, &none)).ok()?;
        (value_map::key_of(&cell) == value_map::key_of(target)).then_some(())
    };
    map.targets().find(|target| comes_back(target).is_none()).map(|target| value_map::key_of(target).into_owned())
}
