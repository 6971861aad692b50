//! Names that a mapping may not use.

use crate::{FieldMapping, Problem};
use domain::{EntityType, Reason};

/// The columns of the specification's tables that hold names.
const MAX_CHARACTERS: usize = 255;
/// Fields of a partner's record that the engine itself writes.
const RESERVED_AT_GENIACS: [&str; 4] = ["external_id", "version", "deleted", "updated_at"];
/// Columns that the database and the engine keep themselves.
const RESERVED_HERE: [&str; 4] = ["id", "updated_at", "deleted_at", "changed_xid"];

/// Everything wrong with the two names of a mapping.
pub(crate) fn check_names(
    entity: EntityType,
    mapping: &FieldMapping,
    refers_to: Option<EntityType>,
    problems: &mut Vec<Problem>,
) {
    if let Err(message) = well_formed(&mapping.local_field).and_then(|()| check_local_name(&mapping.local_field)) {
        problems.push(Problem::new("local_field", Reason::new("not_a_field_name", message)));
    }
    let geniacs_field = &mapping.geniacs_field;
    if let Err(message) = well_formed(geniacs_field).and_then(|()| check_geniacs_name(geniacs_field, entity, refers_to))
    {
        problems.push(Problem::new("geniacs_field", Reason::new("not_a_field_name", message)));
    }
}

/// The columns that a mapping reads beside its own, or instead of it.
pub(crate) fn check_columns<'a>(
    mapping: &FieldMapping,
    mut columns: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Vec<Problem>,
) {
    const PLACE: &str = "transformation_rules.concat";
    for column in columns.clone() {
        if let Err(message) = well_formed(column).and_then(|()| check_local_name(column)) {
            let reason = Reason::new("not_a_field_name", format!("names a column that {message}"));
            problems.push(Problem::new(PLACE, reason));
        }
    }

    if !columns.any(|column| column == mapping.local_field) {
        let message = format!("must have the mapping's own column, `{}`, among its fields", mapping.local_field);
        problems.push(Problem::new(PLACE, Reason::new("own_column_missing", message)));
    }
}

fn well_formed(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("must not be empty".to_owned());
    }

    if name.chars().count() > MAX_CHARACTERS {
        return Err(format!("must have at most {MAX_CHARACTERS} characters"));
    }

    // Names that only look alike would be two fields.
    if name.trim().len() != name.len() || name.chars().any(char::is_control) {
        return Err("must not begin or end with a space, nor hold control characters".to_owned());
    }

    Ok(())
}

fn check_local_name(name: &str) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    if lower == "secret" || lower == "community" || lower.contains("password") {
        return Err("holds a secret, which is never readable through a mapping".to_owned());
    }
    if RESERVED_HERE.contains(&lower.as_str()) || is_link(&lower) {
        return Err("is kept by the service itself and cannot be mapped".to_owned());
    }
    Ok(())
}

/// Whether this is a column such as `geniacs_customer_id`, the copy of a link.
fn is_link(column: &str) -> bool {
    column.strip_prefix("geniacs_").is_some_and(|field| EntityType::ALL.iter().any(|entity| entity.id_field() == field))
}

/// A field that holds another record's Geniacs id is one that refers to it, and nothing else.
fn check_geniacs_name(name: &str, entity: EntityType, refers_to: Option<EntityType>) -> Result<(), String> {
    let of = EntityType::ALL.iter().copied().find(|of| of.id_field() == name);

    match of {
        Some(of) if of != entity && refers_to == Some(of) => Ok(()),
        Some(of) if of != entity && of != EntityType::MonitoringData => {
            Err(format!("holds the Geniacs id of {of}: the transformation rule must be {{\"reference\": \"{of}\"}}"))
        }
        None if !RESERVED_AT_GENIACS.contains(&name) => Ok(()),
        _ => Err("is written by the service itself and cannot be mapped".to_owned()),
    }
}
