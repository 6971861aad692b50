//! Finds what is wrong with mappings before they are saved.

use crate::field::Field;
use crate::{Context, FieldMapping, Problem};
use domain::{EntityType, Reason};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Mappings that one entity of an integration may have: more than it has columns.
pub const MAX_MAPPINGS: usize = 200;
/// Rules that mappings which are tried together may have.
const MAX_RULES_TOGETHER: usize = 1_000;

/// Everything wrong with one mapping of an entity: names, rules and their arguments, rules that do not fit the type, a default that
/// does not convert or fails the mapping's own rules. Empty means that it may be saved.
pub fn check(entity: EntityType, mapping: &FieldMapping) -> Vec<Problem> {
    Field::compile(entity, mapping, &Context::default()).err().unwrap_or_default()
}

/// Everything wrong with the active mappings of one entity, each problem's field as `mappings[3].local_field`: what
/// [`check`] finds, and two mappings of the same local or the same Geniacs field. Too many are not looked at at all.
pub fn check_all(entity: EntityType, mappings: &[FieldMapping]) -> Vec<Problem> {
    if mappings.len() > MAX_MAPPINGS {
        let message = format!("must have at most {MAX_MAPPINGS} mappings");
        return vec![Problem::new("mappings", Reason::new("too_many_items", message).with("maximum", MAX_MAPPINGS))];
    }
    if let Some(problem) = too_many_rules(mappings.iter()) {
        return vec![problem];
    }
    compile_all(entity, mappings, &Context::default()).err().unwrap_or_default()
}

/// What is wrong with active mappings of one entity beyond what [`check`] finds in each: a field that is mapped twice, or too
/// many rules. Each comes with its position in a longer list, which problems name: `mappings[3].local_field`.
pub fn check_together<'a>(numbered: impl Iterator<Item = (usize, &'a FieldMapping)> + Clone) -> Vec<Problem> {
    if let Some(problem) = too_many_rules(numbered.clone().map(|(_, mapping)| mapping)) {
        return vec![problem];
    }
    let mut problems = Vec::new();
    report_repeated("local_field", numbered.clone().map(|(at, m)| (at, m.local_field.as_str())), &mut problems);
    report_repeated("geniacs_field", numbered.map(|(at, m)| (at, m.geniacs_field.as_str())), &mut problems);
    problems
}

fn too_many_rules<'a>(mappings: impl Iterator<Item = &'a FieldMapping>) -> Option<Problem> {
    let rules: usize =
        mappings.map(|m| length_of_rules(&m.transformation_rules) + length_of_rules(&m.validation_rules)).sum();
    let message = format!("must have at most {MAX_RULES_TOGETHER} rules together");
    let reason = Reason::new("too_many_rules", message).with("maximum", MAX_RULES_TOGETHER);
    (rules > MAX_RULES_TOGETHER).then(|| Problem::new("mappings", reason))
}

fn length_of_rules(rules: &Value) -> usize {
    rules.as_array().map(Vec::len).or_else(|| rules.as_object().map(Map::len)).unwrap_or_default()
}

pub(crate) fn compile_all(
    entity: EntityType,
    mappings: &[FieldMapping],
    context: &Context,
) -> Result<Vec<Field>, Vec<Problem>> {
    let mut fields = Vec::with_capacity(mappings.len());
    let mut problems = Vec::new();
    for (position, mapping) in mappings.iter().enumerate() {
        match Field::compile(entity, mapping, context) {
            Ok(field) => fields.push(field),
            Err(found) => {
                let outer = format!("mappings[{position}].");
                problems.extend(found.into_iter().map(|problem| problem.within(&outer)));
            }
        }
    }
    let numbered = mappings.iter().enumerate();
    report_repeated("local_field", numbered.clone().map(|(at, m)| (at, m.local_field.as_str())), &mut problems);
    report_repeated("geniacs_field", numbered.map(|(at, m)| (at, m.geniacs_field.as_str())), &mut problems);
    if problems.is_empty() { Ok(fields) } else { Err(problems) }
}

fn report_repeated<'a>(side: &str, names: impl Iterator<Item = (usize, &'a str)>, problems: &mut Vec<Problem>) {
    let mut first = HashMap::new();
    for (position, name) in names {
        // The first mapping keeps its place, so that every later one is told of the same.
        if let Some(earlier) = first.insert(name, position) {
            first.insert(name, earlier);

            let message = format!("`{name}` is mapped by mappings[{earlier}] already");
            let reason = Reason::new("mapped_twice", message).with("name", name).with("position", earlier);
            problems.push(Problem::new(format!("mappings[{position}].{side}"), reason));
        }
    }
}
