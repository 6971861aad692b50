//! All rules with their arguments, for people who choose among them: made from the tables that mappings are read by.

use crate::rule::{Facts, Rule, Table};
use crate::{Context, transform, validation};
use domain::FieldType;
use serde_json::Value;

/// A rule that a mapping may name.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDescription {
    /// Its name in a mapping.
    pub name: &'static str,
    /// On which of a mapping's two lists it stands.
    pub kind: RuleKind,
    /// The types of fields that it works on.
    pub field_types: &'static [FieldType],
    /// What a pull does about it.
    pub on_pull: OnPull,
    /// One without a name is the argument itself; the others are the parts of an object.
    pub arguments: &'static [Argument],
    /// An argument that it takes in a field of its first type.
    pub example: Value,
}

/// The purpose of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// It changes the value.
    Transformation,
    /// It lets a value pass or not.
    Validation,
}

/// What a pull does about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnPull {
    /// It takes back what a push did.
    Undone,
    /// It does the same as a push.
    Repeated,
    /// Nothing: the value passes as it is.
    Passed,
    /// It looks at the value as a push does.
    Checked,
}

/// A part of what a rule is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// The part's name; none for the argument as a whole.
    pub name: Option<&'static str>,
    /// What it is.
    pub kind: ArgumentType,
    /// Whether it may not be left out.
    pub is_required: bool,
    /// The texts that it may be; a flag may be one of them, too. Empty: any.
    pub choices: &'static [&'static str],
    /// Whether other texts than `choices` are taken.
    pub takes_others: bool,
    /// The least number; of a text its characters, of a list or a map its items.
    pub minimum: Option<u64>,
    /// The largest number; of a text its characters, of a list or a map its items.
    pub maximum: Option<u64>,
}

/// The type of a part of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentType {
    /// True; false switches the rule off.
    Flag,
    /// Text.
    Text,
    /// A whole number.
    WholeNumber,
    /// Any number.
    Number,
    /// A list of local columns.
    Columns,
    /// A value of the field's type.
    Value,
    /// A list of values of the field's type.
    Values,
    /// From texts to values of the field's type.
    ValueMap,
    /// From texts to texts.
    TextMap,
}

impl Argument {
    /// The argument itself.
    pub(crate) const fn whole(kind: ArgumentType) -> Self {
        Self { name: None, kind, is_required: true, choices: &[], takes_others: false, minimum: None, maximum: None }
    }

    /// A part of an object.
    pub(crate) const fn part(name: &'static str, kind: ArgumentType) -> Self {
        Self { name: Some(name), ..Self::whole(kind) }
    }

    pub(crate) const fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    pub(crate) const fn one_of(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }

    pub(crate) const fn or_another(self) -> Self {
        Self { takes_others: true, ..self }
    }

    pub(crate) const fn between(self, minimum: u64, maximum: u64) -> Self {
        Self { minimum: Some(minimum), maximum: Some(maximum), ..self }
    }
}

/// Every rule, in the order in which the object form of a mapping's rules applies them.
pub fn rule_catalogue() -> Vec<RuleDescription> {
    let mut rules = describe_rules(&transform::TABLE, RuleKind::Transformation, transform::Transform::on_pull);
    rules.extend(describe_rules(&validation::TABLE, RuleKind::Validation, |_| OnPull::Checked));
    rules
}

fn describe_rules<T>(table: &Table<T>, kind: RuleKind, on_pull: impl Fn(&T) -> OnPull) -> Vec<RuleDescription> {
    let describe = |rule: &Rule<T>| {
        // The catalogue is checked by tests, so an example that cannot be read shows there.
        let example = serde_json::from_str(rule.example).unwrap_or_default();
        let facts = Facts { kind: *rule.fits.first()?, context: Context::default() };

        // The rule itself knows what a pull does about it: nothing is said of it twice.
        let read = (rule.read)(&example, &facts).ok()?;
        let on_pull = on_pull(&read);

        Some(RuleDescription {
            name: rule.name,
            kind,
            field_types: rule.fits,
            on_pull,
            arguments: rule.arguments,
            example,
        })
    };

    table.rules.iter().filter_map(describe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldMapping, check};
    use domain::EntityType;
    use serde_json::json;

    /// What is wrong with a mapping that has this rule with this argument.
    fn problems(rule: &RuleDescription, argument: &Value) -> usize {
        let mut mapping = FieldMapping::new("name", "customer_name", rule.field_types[0]);

        match rule.kind {
            RuleKind::Transformation => mapping.transformation_rules = json!({rule.name: argument}),
            RuleKind::Validation => mapping.validation_rules = json!({rule.name: argument}),
        }

        if rule.name == "reference" {
            mapping.local_field = "customer_id".to_owned();
            mapping.geniacs_field = "customer_id".to_owned();
        }

        check(EntityType::Subscriptions, &mapping).len()
    }

    #[test]
    fn every_rule_is_described_with_an_example_that_it_takes() {
        let rules = rule_catalogue();
        assert_eq!(rules.len(), transform::TABLE.rules.len() + validation::TABLE.rules.len());
        for rule in rules {
            let concat = json!({"fields": ["name", "city"], "separator": ", "});
            let example = if rule.name == "concat" { &concat } else { &rule.example };
            assert_eq!(problems(&rule, example), 0, "{}", rule.name);
        }
    }

    #[test]
    fn every_choice_is_taken_and_an_unknown_one_only_where_others_are() {
        for rule in rule_catalogue() {
            let [argument] = rule.arguments else { continue };
            for choice in argument.choices.iter().filter(|choice| rule.name != "reference" || **choice == "customers") {
                assert_eq!(problems(&rule, &json!(choice)), 0, "{}: {choice}", rule.name);
            }

            if !argument.choices.is_empty() && !argument.takes_others {
                assert!(problems(&rule, &json!("nothing of the kind")) > 0, "{}", rule.name);
            }
        }
    }

    #[test]
    fn an_argument_is_taken_exactly_within_its_bounds() {
        for rule in rule_catalogue() {
            let [argument] = rule.arguments else { continue };
            let Some((minimum, maximum)) = argument.minimum.zip(argument.maximum) else { continue };

            let of_size = |size: u64| match argument.kind {
                ArgumentType::Text => json!("x".repeat(usize::try_from(size).unwrap())),
                ArgumentType::Values => (0..size).map(|number| json!(number.to_string())).collect(),
                _ => json!(size),
            };

            for size in [minimum, maximum] {
                assert_eq!(problems(&rule, &of_size(size)), 0, "{}: {size}", rule.name);
            }

            assert!(problems(&rule, &of_size(maximum + 1)) > 0, "{}", rule.name);
            assert!(minimum == 0 || problems(&rule, &of_size(minimum - 1)) > 0, "{}", rule.name);
        }
    }

    #[test]
    fn a_part_that_is_required_cannot_be_left_out_and_another_can() {
        for rule in rule_catalogue().into_iter().filter(|rule| rule.arguments.len() > 1) {
            // Without its own name, a map is read as pairs.
            for part in rule.arguments.iter().filter(|part| part.kind != ArgumentType::ValueMap) {
                let name = part.name.unwrap();
                let mut example = rule.example.clone();

                if rule.name == "concat" {
                    example["fields"] = json!(["name", "city"]);
                }

                example.as_object_mut().unwrap().remove(name);

                assert_eq!(problems(&rule, &example) > 0, part.is_required, "{}.{name}", rule.name);
            }
        }
    }

    #[test]
    fn references_may_name_every_entity_that_has_links() {
        let rules = rule_catalogue();
        let named = rules.iter().find(|rule| rule.name == "reference").unwrap().arguments[0].choices;
        let mut linked: Vec<&str> = EntityType::ALL.iter().map(|entity| entity.as_str()).collect();
        linked.retain(|name| *name != "monitoring_data");
        assert_eq!(named, linked);
    }
}
