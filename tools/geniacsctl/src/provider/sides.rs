//! Reading what is here, beside what the links say, to compare it with what the partner holds.

use anyhow::Context as _;
use domain::EntityType;
use serde_json::{Map, Value};
use std::collections::HashSet;
use storage::entities::Descriptor;
use tokio_postgres::{Client, Row};

/// A row of the provider's.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) id: i64,
    pub(crate) deleted: bool,
    /// The copy of the Geniacs id in the row itself.
    pub(crate) geniacs_copy: Option<String>,
    /// Every column.
    pub(crate) fields: Map<String, Value>,
}

/// A link, and the row that it leads to, if that is still there.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) geniacs_id: String,
    pub(crate) local_id: i64,
    pub(crate) local: Option<Local>,
}

fn columns(descriptor: &Descriptor) -> String {
    format!("c.id, c.deleted_at IS NOT NULL, c.{}, row_to_json(c)::text", descriptor.geniacs_id_column)
}

/// Reads what [`columns`] selects from the column at `from` on.
fn local(row: &Row, from: usize) -> anyhow::Result<Option<Local>> {
    let Some(id) = row.get::<_, Option<i64>>(from) else { return Ok(None) };
    let text: &str = row.get(from + 3);
    let fields = serde_json::from_str(text).with_context(|| format!("the row {id} cannot be read"))?;
    Ok(Some(Local { id, deleted: row.get(from + 1), geniacs_copy: row.get(from + 2), fields }))
}

/// The links of Geniacs ids.
pub(crate) async fn linked(
    client: &Client,
    descriptor: &Descriptor,
    integration_id: i64,
    geniacs_ids: &[String],
) -> anyhow::Result<Vec<Linked>> {
    let sql = format!(
        "SELECT l.geniacs_id, l.local_id, {} FROM record_links l LEFT JOIN {} c ON c.id = l.local_id
         WHERE l.integration_id = $1 AND l.entity_type::text = $2 AND l.geniacs_id = ANY ($3)",
        columns(descriptor),
        descriptor.table
    );
    let rows = client.query(&sql, &[&integration_id, &descriptor.entity.as_str(), &geniacs_ids]).await?;
    rows.iter().map(|row| Ok(Linked { geniacs_id: row.get(0), local_id: row.get(1), local: local(row, 2)? })).collect()
}

/// The next rows by id, each with the Geniacs id of its link.
pub(crate) async fn page(
    client: &Client,
    descriptor: &Descriptor,
    integration_id: i64,
    after: i64,
    limit: i64,
) -> anyhow::Result<Vec<(Local, Option<String>)>> {
    let sql = format!(
        "SELECT l.geniacs_id, {} FROM {} c LEFT JOIN record_links l
             ON l.integration_id = $1 AND l.entity_type = '{}' AND l.local_id = c.id
         WHERE c.id > $2 ORDER BY c.id LIMIT $3",
        columns(descriptor),
        descriptor.table,
        descriptor.entity
    );
    let rows = client.query(&sql, &[&integration_id, &after, &limit]).await?;
    let rows = rows.iter().map(|row| Ok(local(row, 1)?.map(|local| (local, row.get(0)))));
    rows.filter_map(anyhow::Result::transpose).collect()
}

/// The rows that some sync named because they fail validation.
pub(crate) async fn named_invalid(
    client: &Client,
    integration_id: i64,
    entity: EntityType,
) -> anyhow::Result<HashSet<i64>> {
    let sql = "SELECT DISTINCT e.record_id FROM sync_record_errors e JOIN geniacs_data_sync s ON s.id = e.sync_id
         WHERE s.integration_id = $1 AND s.entity_type::text = $2 AND e.error_type = 'validation_error'
             AND e.record_id IS NOT NULL";
    let rows = client.query(sql, &[&integration_id, &entity.as_str()]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
