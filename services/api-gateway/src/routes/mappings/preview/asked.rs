//! What a request says of a preview.

use super::super::new::{check_columns, default_value, read_mapping};
use super::super::set::leave_aside;
use crate::error::ApiError;
use crate::input::field::{Field, flag, id, inline, list_of, name, of_type, whole};
use crate::input::{Fields, described, is_blank, rule};
use crate::openapi::{Described, names};
use domain::{EntityType, Reason};
use mapping::{FieldMapping, MAX_MAPPINGS};
use serde_json::{Map, Value, json};

/// Records that are looked at together.
const MOST_RECORDS: i32 = 100;

/// A preview to be made.
pub(super) struct PreviewRequest {
    pub(super) integration_id: i64,
    pub(super) entity: EntityType,
    pub(super) way: Way,
    /// None: those of the integration that are active.
    pub(super) mappings: Option<Vec<FieldMapping>>,
    pub(super) source: Source,
}

/// Which way records go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ToGeniacs,
    FromGeniacs,
}

/// The records that are shown.
pub(super) enum Source {
    /// One that was given: by the names of the local columns, on the way here by those of Geniacs' fields.
    Given(Map<String, Value>),
    /// Those of the database with these ids.
    Records(Vec<i64>),
    /// So many that changed last.
    Newest(i32),
}

impl PreviewRequest {
    /// Reads and checks every field.
    pub(super) fn read(mut body: Fields) -> Result<Self, ApiError> {
        let integration_id = body.take("integration_id", id().required());
        let entity = body.take("entity_type", name::<names::EntityType, EntityType>().required());
        let way = body.take("direction", way()).unwrap_or(Way::ToGeniacs);

        let tried = list_of(tried_mapping(), 1, MAX_MAPPINGS, list);
        let mappings = body.take("mappings", tried.about("Those of the integration that are active, unless given."));
        if let Some((entity, mappings)) = entity.zip(mappings.as_ref()) {
            body.problems(mapping::check_all(entity, mappings));
            for mapping in mappings {
                check_columns(&mut body, entity, mapping);
            }
        }

        let source = source(&mut body);
        let needed = integration_id.zip(entity).zip(source);
        body.finish(needed.map(|((integration_id, entity), source)| Self {
            integration_id,
            entity,
            way,
            mappings,
            source,
        }))
    }
}

/// The one way in which records are named.
fn source(body: &mut Fields) -> Option<Source> {
    let record_id = id().about("A record of the database: this, or one of those that follow.");
    let sample =
        any_object().about("A record by the names of the local columns, on the way here by those of Geniacs' fields.");
    let number = Described::inline(json!({"type": "integer", "format": "int64"}));
    let record_ids = list_of(number, 1, most_records(), ids).about("Records of the database.");
    let size = whole(1, MOST_RECORDS).about("So many records that changed last.");

    let given = [
        body.take("record_id", record_id).map(|id| Source::Records(vec![id])),
        body.take("sample", sample).map(Source::Given),
        body.take("record", any_object().about("Another name for `sample`.")).map(Source::Given),
        body.take("record_ids", record_ids).map(Source::Records),
        body.take("sample_size", size).map(Source::Newest),
    ];

    let mut given = given.into_iter().flatten();
    if let (Some(one), None) = (given.next(), given.next()) {
        return Some(one);
    }

    let message = "give one of: a sample (or record), a record_id, record_ids, a sample_size";
    body.problem("sample", Reason::new("one_of_several", message));
    None
}

fn any_object<'a>() -> Field<'a, Map<String, Value>> {
    inline(json!({"type": "object"}), |value: &Value| {
        value.as_object().cloned().ok_or_else(|| Reason::new("not_an_object", "must be an object"))
    })
}

/// The body of a preview.
pub(super) fn preview_request() -> Described {
    described("MappingPreviewRequest", "What mappings are to be tried on.", |body| drop(PreviewRequest::read(body)))
}

/// What is tried, as `one` reads it.
fn tried_mapping() -> Described {
    described("TriedMapping", "A mapping that nobody has saved.", |mut item| {
        item.take("id", id().about("Of a saved mapping; left aside, as what follows."));
        leave_aside(&mut item, None);
        item.take("is_active", flag());
        read_mapping(&mut item, None);
    })
}

fn way<'a>() -> Field<'a, Way> {
    let way = of_type::<names::MappingWay, _, _>(direction);
    way.about("Which way the records go.").or(json!("to_geniacs"))
}

fn direction(value: &Value) -> Result<Way, Reason> {
    match value.as_str() {
        Some("to_geniacs") => Ok(Way::ToGeniacs),
        Some("from_geniacs") => Ok(Way::FromGeniacs),
        _ => Err(Reason::new("unknown_name", "must be one of: to_geniacs, from_geniacs")
            .with("choices", vec!["to_geniacs", "from_geniacs"])),
    }
}

fn most_records() -> usize {
    usize::try_from(MOST_RECORDS).unwrap_or_default()
}

fn ids(value: &Value) -> Result<Vec<i64>, Reason> {
    let items = value.as_array().filter(|items| (1..=most_records()).contains(&items.len()));
    let items = items.ok_or_else(|| {
        Reason::new("not_a_list", format!("must be a list of 1 to {MOST_RECORDS} ids")).between(1, MOST_RECORDS)
    })?;

    let mut ids = items.iter().map(rule::id).collect::<Result<Vec<_>, _>>()?;
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

fn list(value: &Value) -> Result<Vec<FieldMapping>, Reason> {
    let items = value.as_array().ok_or_else(|| Reason::new("not_a_list", "must be a list of mappings"))?;
    if items.is_empty() || items.len() > MAX_MAPPINGS {
        let message = format!("must have from 1 to {MAX_MAPPINGS} mappings");
        let code = if items.is_empty() { "empty" } else { "too_many_items" };
        return Err(Reason::new(code, message).with("maximum", MAX_MAPPINGS));
    }

    let numbered = items.iter().enumerate();
    numbered
        .map(|(position, item)| {
            one(item).map_err(|error| {
                Reason::new("not_a_mapping", format!("[{position}]: {error}")).with("position", position)
            })
        })
        .collect()
}

/// A mapping as it would be saved; what says where it belongs, or whether it is used, is left aside.
fn one(item: &Value) -> Result<FieldMapping, String> {
    let mut item = item.clone();
    if let Some(fields) = item.as_object_mut() {
        fields.retain(|_, value| !is_blank(value));
    }
    if let Some(written) = item.get_mut("default_value") {
        *written = Value::String(default_value(written).map_err(|reason| reason.message)?);
    }
    serde_json::from_value(item).map_err(|error| error.to_string())
}
