//! Looking for records by what people know of them.

use crate::conditions::Conditions;
use crate::entities::Descriptor;
use crate::listing::beginning_with;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;

/// Records that one column finds at most: the first by its text.
const MOST: i64 = 1_000;

/// A record that was found.
#[derive(Debug, Clone, QueryableByName)]
pub struct FoundRecord {
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// What people call it.
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    /// Its Geniacs id, by the row's copy.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
}

/// The ids of records one of whose ids, on either side, begins with this text, or one of whose searched columns does, in any
/// case; each of them finds the first 1,000 at most. Links count of this integration, or of all.
pub async fn search(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: Option<i64>,
    text: &str,
) -> Result<Vec<i64>> {
    let (conditions, sql) = found_by(descriptor, integration_id, text, MOST);
    let row: Ids = conditions.bound(format!("SELECT ARRAY({sql}) AS ids")).get_result(connection).await?;
    Ok(row.ids)
}

/// The first records that a text finds, by their ids.
pub async fn find_first(
    connection: &mut Connection,
    descriptor: &Descriptor,
    text: &str,
    most: i64,
) -> Result<Vec<FoundRecord>> {
    let (conditions, sql) = found_by(descriptor, None, text, most);
    let Descriptor { table, geniacs_id_column, .. } = descriptor;
    let name = descriptor.searched.first().map_or("NULL", |column| *column);
    let sql = format!(
        "SELECT t.id, {name}::text AS name, t.{geniacs_id_column}::text AS geniacs_id FROM {table} t
         WHERE t.id = ANY (ARRAY({sql})) ORDER BY t.id LIMIT {most}"
    );
    conditions.bound(sql).load(connection).await
}

/// A statement that gives the ids of what a text finds. Each part is one index's; `~<~` is the order of these indexes.
fn found_by(descriptor: &Descriptor, integration_id: Option<i64>, text: &str, most: i64) -> (Conditions, String) {
    let Descriptor { entity, table, geniacs_id_column, .. } = descriptor;
    let mut conditions = Conditions::default();
    let exact = conditions.bind(text);
    let prefix = conditions.bind(beginning_with(&text.to_lowercase()).as_str());
    let mut parts = vec![format!("SELECT id FROM {table} WHERE {geniacs_id_column} = {exact}")];

    let digits = text.parse::<i64>().ok().filter(|id| *id > 0 && text.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(id) = digits {
        // A table in partitions has no one index of its ids.
        let ranges = if descriptor.append_only { vec![(id, id)] } else { ranges_of_ids(id) };
        let part = |(first, last): &(i64, i64)| {
            format!("(SELECT id FROM {table} WHERE id BETWEEN {first} AND {last} ORDER BY id LIMIT {most})")
        };
        parts.extend(ranges.iter().map(part));
    }

    if !descriptor.append_only {
        let of_integration = match integration_id {
            Some(id) => format!("AND l.integration_id = {}", conditions.bind(id)),
            None => String::new(),
        };
        let prefix = conditions.bind(beginning_with(text).as_str());
        parts.push(format!(
            "(SELECT l.local_id FROM record_links l
              WHERE l.geniacs_id LIKE {prefix} AND l.entity_type = '{entity}'::entity_type {of_integration}
              ORDER BY l.geniacs_id USING ~<~ LIMIT {most})"
        ));
    }

    for column in descriptor.searched {
        parts.push(format!(
            "(SELECT id FROM {table} WHERE lower({column}) LIKE {prefix} ORDER BY lower({column}) USING ~<~ LIMIT {most})"
        ));
    }

    (conditions, parts.join(" UNION "))
}

/// The ids whose digits begin with those of `beginning`: itself, ten, a hundred and so on.
fn ranges_of_ids(beginning: i64) -> Vec<(i64, i64)> {
    let mut ranges = Vec::new();
    let mut width = 1_i64;
    while let Some(first) = beginning.checked_mul(width) {
        ranges.push((first, first.saturating_add(width - 1)));
        let Some(wider) = width.checked_mul(10) else { break };
        width = wider;
    }
    ranges
}

#[derive(QueryableByName)]
struct Ids {
    #[diesel(sql_type = Array<BigInt>)]
    ids: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_digits_in_ranges_up_to_the_greatest_id() {
        let ranges = ranges_of_ids(12);
        assert_eq!(&ranges[..3], [(12, 12), (120, 129), (1_200, 1_299)]);
        assert!(ranges.iter().all(|(first, last)| first <= last && *first > 0));
        assert_eq!(ranges_of_ids(i64::MAX), [(i64::MAX, i64::MAX)]);
    }
}
