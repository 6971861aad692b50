//! Reading what is here, beside what the links say, to compare it with what the partner holds.

use anyhow::Context as _;
use domain::EntityType;
use mapping::{Plan, References};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use storage::entities::Descriptor;
use tokio_postgres::{Client, Row};

/// An integration's records of one entity, as they are read here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) client: &'a Client,
    pub(crate) integration_id: i64,
    pub(crate) descriptor: &'static Descriptor,
}

/// A row of the provider's.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) id: i64,
    pub(crate) deleted: bool,
    /// The copy of the Geniacs id in the row itself.
    pub(crate) geniacs_copy: Option<String>,
    /// Every column that mappings may use.
    pub(crate) fields: Map<String, Value>,
}

/// A record of Geniacs', and the row here that it stands for, if that is still there.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) geniacs_id: String,
    pub(crate) local_id: i64,
    pub(crate) local: Option<Local>,
}

impl Side<'_> {
    fn is_monitoring(&self) -> bool {
        self.descriptor.entity == EntityType::MonitoringData
    }

    fn columns(&self) -> String {
        let Descriptor { geniacs_id_column, columns, .. } = self.descriptor;
        let names: Vec<String> = columns.iter().map(|column| format!("c.{}", column.name)).collect();
        format!(
            "c.id, c.deleted_at IS NOT NULL, c.{geniacs_id_column}, (SELECT row_to_json(f)::text FROM (SELECT {}) f)",
            names.join(", ")
        )
    }

    /// The rows that records of Geniacs' stand for, given their Geniacs ids and their `external_id`s.
    pub(crate) async fn linked(&self, ids: &[String], external_ids: &[Option<i64>]) -> anyhow::Result<Vec<Linked>> {
        let (table, columns, entity) = (self.descriptor.table, self.columns(), self.descriptor.entity);

        let rows = if self.is_monitoring() {
            // There are no links: what was sent is known by the id that the partner keeps, what came by the copy.
            let keys = "unnest($1::text[], $2::bigint[]) AS k (geniacs_id, external_id)";
            let copy = self.descriptor.geniacs_id_column;
            let sql = format!(
                "SELECT k.geniacs_id, c.id, {columns} FROM {keys} JOIN {table} c ON c.id = k.external_id UNION ALL
                 SELECT k.geniacs_id, c.id, {columns} FROM {keys} JOIN {table} c ON c.{copy} = k.geniacs_id
                 WHERE k.external_id IS NULL"
            );
            self.client.query(&sql, &[&ids, &external_ids]).await?
        } else {
            let sql = format!(
                "SELECT l.geniacs_id, l.local_id, {columns} FROM record_links l LEFT JOIN {table} c ON c.id = l.local_id
                 WHERE l.integration_id = $1 AND l.entity_type = '{entity}' AND l.geniacs_id = ANY ($2)"
            );
            self.client.query(&sql, &[&self.integration_id, &ids]).await?
        };

        let read = |row: &Row| Ok(Linked { geniacs_id: row.get(0), local_id: row.get(1), local: read_local(row, 2)? });
        rows.iter().map(read).collect()
    }

    /// The next rows by id, each with the Geniacs id that it is known by.
    pub(crate) async fn page(&self, after: i64, limit: i64) -> anyhow::Result<Vec<(Local, Option<String>)>> {
        let copy = self.descriptor.geniacs_id_column;
        // Samples have no links.
        let geniacs_id = if self.is_monitoring() { format!("c.{copy}") } else { "l.geniacs_id".to_owned() };
        let (table, columns, entity) = (self.descriptor.table, self.columns(), self.descriptor.entity);

        let sql = format!(
            "SELECT {geniacs_id}, {columns} FROM {table} c LEFT JOIN record_links l
                 ON l.integration_id = $1 AND l.entity_type = '{entity}' AND l.local_id = c.id
             WHERE c.id > $2 ORDER BY c.id LIMIT $3"
        );

        let rows = self.client.query(&sql, &[&self.integration_id, &after, &limit]).await?;
        let rows = rows.iter().map(|row| Ok(read_local(row, 1)?.map(|local| (local, row.get(0)))));
        rows.filter_map(anyhow::Result::transpose).collect()
    }

    /// The records that the rows refer to, as far as they are linked.
    pub(crate) async fn references(
        &self,
        plan: &Plan,
        rows: impl Iterator<Item = &Local>,
    ) -> anyhow::Result<References> {
        let mut wanted: BTreeMap<EntityType, HashSet<i64>> = BTreeMap::new();
        for row in rows {
            plan.local_references(&row.fields).for_each(|(entity, id)| {
                wanted.entry(entity).or_default().insert(id);
            });
        }

        let mut references = References::default();
        for (entity, ids) in wanted {
            for (id, geniacs_id) in self.links(entity, ids).await? {
                references.insert(entity, id, &geniacs_id);
            }
        }

        Ok(references)
    }

    async fn links(&self, entity: EntityType, ids: HashSet<i64>) -> anyhow::Result<Vec<(i64, String)>> {
        let ids: Vec<i64> = ids.into_iter().collect();
        let sql = format!(
            "SELECT local_id, geniacs_id FROM record_links
             WHERE integration_id = $1 AND entity_type = '{entity}' AND local_id = ANY ($2)"
        );
        let rows = self.client.query(&sql, &[&self.integration_id, &ids]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// The rows that some sync named because they fail validation, or refer to something that is not linked.
    pub(crate) async fn named_failing(&self) -> anyhow::Result<HashMap<i64, String>> {
        let sql = "SELECT e.record_id, max(e.error_type) FROM sync_record_errors e
                 JOIN geniacs_data_sync s ON s.id = e.sync_id
             WHERE s.integration_id = $1 AND s.entity_type::text = $2
                 AND e.error_type IN ('validation_error', 'unresolved_reference') AND e.record_id IS NOT NULL
             GROUP BY e.record_id";
        let entity = self.descriptor.entity.as_str();
        let rows = self.client.query(sql, &[&self.integration_id, &entity]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// Reads what [`Side::columns`] selects from the column at `from` on.
fn read_local(row: &Row, from: usize) -> anyhow::Result<Option<Local>> {
    let Some(id) = row.get::<_, Option<i64>>(from) else { return Ok(None) };
    let text: &str = row.get(from + 3);
    let fields = domain::json::from_str(text).with_context(|| format!("the row {id} cannot be read"))?;
    Ok(Some(Local { id, deleted: row.get(from + 1), geniacs_copy: row.get(from + 2), fields }))
}
