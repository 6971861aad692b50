//! All mappings of one entity of an integration, as one thing that is read and saved.

use super::new;
use crate::error::ApiError;
use crate::input::field::{id, left_aside};
use crate::input::{Fields, described};
use crate::openapi::Described;
use domain::EntityType;
use domain::Reason;
use mapping::{FieldMapping, MAX_MAPPINGS};
use serde_json::json;
use storage::partners::mappings::{Mapping, NewMapping};

/// One mapping of a set that is to be saved.
pub(super) struct WantedMapping {
    /// None: it is to be made.
    pub(super) id: Option<i64>,
    pub(super) mapping: NewMapping,
}

/// The version of a set: another one whenever a mapping was made, changed or deleted. Numbers are given once, and a version
/// only rises, so that no two sets of an entity have the same pairs of both.
pub(super) fn set_version(set: &[Mapping]) -> i64 {
    let mut pairs: Vec<(i64, i32)> = set.iter().map(|mapping| (mapping.id, mapping.version)).collect();
    pairs.sort_unstable();
    let text: Vec<String> = pairs.iter().map(|(id, version)| format!("{id}:{version}")).collect();
    let hash = secrets::content_hash(text.join(";").as_bytes());
    hash.iter().take(size_of::<i64>()).fold(0, |number, byte| number << 8 | i64::from(*byte)) & i64::MAX
}

/// Reads and checks every mapping of a set, each by itself and all of them together.
pub(super) fn read_mapping_set(
    mut body: Fields,
    integration_id: i64,
    entity: EntityType,
) -> Result<Vec<WantedMapping>, ApiError> {
    let item = ("MappingOfSet", "A mapping that there is already, or a new one.");
    let items = body.list("mappings", MAX_MAPPINGS, item).unwrap_or_default();

    let mut read = Vec::with_capacity(items.len());
    for mut item in items {
        let id = item.take("id", id().about("Of the mapping that it takes the place of; none: it is new."));
        leave_aside(&mut item, Some("As an earlier answer gave it; left aside, as what follows."));
        let mapping = new::read_mapping(&mut item, Some(entity));
        let is_active = new::is_active(&mut item);
        body.absorb(item);
        read.push(mapping.map(|mapping| (id, mapping, is_active)));
    }

    // With one that could not be read, the positions of the others would be wrong.
    let complete: Option<Vec<(Option<i64>, FieldMapping, bool)>> = read.into_iter().collect();
    if let Some(set) = complete.as_ref() {
        let active = set.iter().enumerate().filter(|(_, (_, _, is_active))| *is_active);
        body.problems(mapping::check_together(active.map(|(position, (_, mapping, _))| (position, mapping))));
        same_id_twice(&mut body, set.iter().map(|(id, _, _)| *id));
    }

    let wanted = |(id, mapping, is_active)| WantedMapping {
        id,
        mapping: NewMapping::new(integration_id, entity, mapping, is_active),
    };
    body.finish(complete.map(|set| set.into_iter().map(wanted).collect()))
}

/// Takes what an answer gave of a mapping beside what can be changed.
pub(super) fn leave_aside(item: &mut Fields, about: Option<&'static str>) {
    let number = left_aside(json!({"type": "integer", "format": "int64"}));
    item.take("integration_id", if let Some(about) = about { number.about(about) } else { number });
    item.take("version", left_aside(json!({"type": "integer", "format": "int32"})));
    for name in ["entity_type", "created_at", "updated_at"] {
        item.take(name, left_aside(json!({"type": "string"})));
    }
}

/// The body that saves a set.
pub(super) fn mapping_set() -> Described {
    let about = "All mappings that an entity is to have.";
    described("MappingSet", about, |body| drop(read_mapping_set(body, 0, EntityType::Customers)))
}

fn same_id_twice(body: &mut Fields, ids: impl Iterator<Item = Option<i64>>) {
    let mut seen = std::collections::HashSet::new();
    for (position, id) in ids.enumerate() {
        if id.is_some_and(|id| !seen.insert(id)) {
            body.problem(&format!("mappings[{position}].id"), Reason::new("given_twice", "stands here more than once"));
        }
    }
}
