//! `GET /api/geniacs/mappings/rules`

use crate::answer;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation, names};
use actix_web::HttpResponse;
use domain::FieldType;
use mapping::{Argument, ArgumentType, OnPull, RuleDescription, RuleKind, rule_catalogue};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Every rule that a mapping may have, in the order in which the object form applies them.
pub(crate) async fn list_mapping_rules() -> Result<HttpResponse, ApiError> {
    let rules: Vec<RuleView> = rule_catalogue().into_iter().map(RuleView::from).collect();
    Ok(answer::data(json!({"rules": rules})))
}

pub(crate) fn describe_list_mapping_rules() -> Operation {
    let answer = Answer::all::<RuleView>("rules");
    Operation::new("list_mapping_rules", "Lists the rules that mappings may have", answer)
        .about("Transformations first, then validations, each in the order in which the object form applies them.")
}

/// A rule that a mapping may have.
#[derive(Serialize, ToSchema)]
#[schema(as = MappingRule)]
struct RuleView {
    #[schema(example = "max_length")]
    name: &'static str,
    #[schema(value_type = names::RuleKind)]
    kind: &'static str,
    /// The types of fields that it works on.
    #[schema(value_type = Vec<names::FieldType>)]
    field_types: &'static [FieldType],
    /// `both`, or `to_geniacs` for a rule that does nothing on a pull.
    #[schema(value_type = names::RuleDirection)]
    direction: &'static str,
    #[schema(value_type = names::RuleOnPull)]
    on_pull: &'static str,
    /// One without a name is the argument itself; the others are the parts of an object.
    arguments: Vec<ArgumentView>,
    /// An argument that it takes in a field of the first of its types.
    #[schema(example = 50)]
    example: Value,
}

/// A part of what a rule is given.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleArgument)]
struct ArgumentView {
    #[schema(example = "separator")]
    name: Option<&'static str>,
    #[schema(value_type = names::ArgumentType)]
    r#type: &'static str,
    required: bool,
    /// The texts that it may be; a flag may be one of them, too. None: any.
    #[schema(example = json!(["international", "ip", "mac"]))]
    choices: &'static [&'static str],
    /// Whether other texts than the choices are taken.
    takes_others: bool,
    /// The least number; of a text its characters, of a list or a map its items.
    minimum: Option<u64>,
    /// The largest number; of a text its characters, of a list or a map its items.
    maximum: Option<u64>,
}

impl From<RuleDescription> for RuleView {
    fn from(rule: RuleDescription) -> Self {
        let (direction, on_pull) = match rule.on_pull {
            OnPull::Undone => ("both", "undone"),
            OnPull::Repeated => ("both", "repeated"),
            OnPull::Checked => ("both", "checked"),
            OnPull::Passed => ("to_geniacs", "passed"),
        };

        Self {
            name: rule.name,
            kind: match rule.kind {
                RuleKind::Transformation => "transformation",
                RuleKind::Validation => "validation",
            },
            field_types: rule.field_types,
            direction,
            on_pull,
            arguments: rule.arguments.iter().map(ArgumentView::from).collect(),
            example: rule.example,
        }
    }
}

impl From<&Argument> for ArgumentView {
    fn from(argument: &Argument) -> Self {
        Self {
            name: argument.name,
            r#type: type_name(argument.kind),
            required: argument.is_required,
            choices: argument.choices,
            takes_others: argument.takes_others,
            minimum: argument.minimum,
            maximum: argument.maximum,
        }
    }
}

const fn type_name(kind: ArgumentType) -> &'static str {
    match kind {
        ArgumentType::Flag => "flag",
        ArgumentType::Text => "text",
        ArgumentType::WholeNumber => "whole_number",
        ArgumentType::Number => "number",
        ArgumentType::Columns => "columns",
        ArgumentType::Value => "value",
        ArgumentType::Values => "values",
        ArgumentType::ValueMap => "value_map",
        ArgumentType::TextMap => "text_map",
    }
}
