//! Field mappings as they are stored.

use crate::pg_enum::Named;
use crate::schema::geniacs_field_mappings::{self as table, dsl};
use crate::schema::geniacs_integrations;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::SelectableHelper;
use diesel::pg::Pg;
use diesel::prelude::{AsChangeset, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, Selectable};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use domain::integration::ConflictPolicy;
use domain::{EntityType, FieldMapping, FieldType};

/// The unique index of the active mappings' local fields.
pub const LOCAL_CONSTRAINT: &str = "mappings_local_unique";
/// The unique index of the active mappings' Geniacs fields.
pub const GENIACS_CONSTRAINT: &str = "mappings_geniacs_unique";

/// How one local column and one Geniacs field belong together.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(Pg))]
pub struct Mapping {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub integration_id: i64,
    /// Which kind of record.
    pub entity_type: EntityType,
    /// The column of the entity's local table.
    pub local_field: String,
    /// The field of the partner's record.
    pub geniacs_field: String,
    /// What the field holds at Geniacs.
    pub field_type: FieldType,
    /// What changes the value.
    pub transformation_rules: Option<serde_json::Value>,
    /// Whether a record without this field fails.
    pub is_required: bool,
    /// Takes the place of an absent value, written as text.
    pub default_value: Option<String>,
    /// What the changed value must satisfy.
    pub validation_rules: Option<serde_json::Value>,
    /// Who wins when both sides changed the field; none: as the integration says.
    pub conflict_policy: Option<ConflictPolicy>,
    /// Whether it is used.
    pub is_active: bool,
    /// Raised by edits only.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
}

/// A mapping to be made, checked already.
#[derive(Debug, Clone, PartialEq, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true)]
pub struct NewMapping {
    /// Whose it is.
    pub integration_id: i64,
    /// Which kind of record.
    #[diesel(serialize_as = Named<EntityType>)]
    pub entity_type: EntityType,
    /// The column of the entity's local table.
    pub local_field: String,
    /// The field of the partner's record.
    pub geniacs_field: String,
    /// What the field holds at Geniacs.
    #[diesel(serialize_as = Named<FieldType>)]
    pub field_type: FieldType,
    /// What changes the value; none instead of a JSON null.
    pub transformation_rules: Option<serde_json::Value>,
    /// Whether a record without this field fails.
    pub is_required: bool,
    /// Takes the place of an absent value, written as text.
    pub default_value: Option<String>,
    /// What the changed value must satisfy; none instead of a JSON null.
    pub validation_rules: Option<serde_json::Value>,
    /// Who wins when both sides changed the field; none: as the integration says.
    #[diesel(serialize_as = Named<Option<ConflictPolicy>>)]
    pub conflict_policy: Option<ConflictPolicy>,
    /// Whether it is used.
    pub is_active: bool,
}

impl From<Mapping> for NewMapping {
    /// What a mapping says of itself.
    fn from(mapping: Mapping) -> Self {
        Self {
            integration_id: mapping.integration_id,
            entity_type: mapping.entity_type,
            local_field: mapping.local_field,
            geniacs_field: mapping.geniacs_field,
            field_type: mapping.field_type,
            transformation_rules: mapping.transformation_rules,
            is_required: mapping.is_required,
            default_value: mapping.default_value,
            validation_rules: mapping.validation_rules,
            conflict_policy: mapping.conflict_policy,
            is_active: mapping.is_active,
        }
    }
}

impl NewMapping {
    /// A mapping of this integration and kind of record.
    pub fn new(integration_id: i64, entity_type: EntityType, mapping: FieldMapping, is_active: bool) -> Self {
        let rules = |rules: serde_json::Value| Some(rules).filter(|rules| !rules.is_null());

        Self {
            integration_id,
            entity_type,
            local_field: mapping.local_field,
            geniacs_field: mapping.geniacs_field,
            field_type: mapping.field_type,
            transformation_rules: rules(mapping.transformation_rules),
            is_required: mapping.is_required,
            default_value: mapping.default_value,
            validation_rules: rules(mapping.validation_rules),
            conflict_policy: mapping.conflict_policy,
            is_active,
        }
    }
}

impl From<Mapping> for FieldMapping {
    /// How the fields belong together, as it is compiled.
    fn from(row: Mapping) -> Self {
        Self {
            local_field: row.local_field,
            geniacs_field: row.geniacs_field,
            field_type: row.field_type,
            is_required: row.is_required,
            default_value: row.default_value,
            transformation_rules: row.transformation_rules.unwrap_or_default(),
            validation_rules: row.validation_rules.unwrap_or_default(),
            conflict_policy: row.conflict_policy,
        }
    }
}

/// Which mappings a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only this integration's.
    pub integration_id: Option<i64>,
    /// Only this entity's.
    pub entity_type: Option<EntityType>,
    /// Only those that are used, or only those that are not.
    pub is_active: Option<bool>,
}

/// Mappings of integrations that are not archived.
fn visible() -> table::BoxedQuery<'static, Pg> {
    let integrations = geniacs_integrations::table
        .filter(geniacs_integrations::archived_at.is_null())
        .select(geniacs_integrations::id);
    table::table.filter(dsl::integration_id.eq_any(integrations)).into_boxed()
}

fn matching(filter: Filter) -> table::BoxedQuery<'static, Pg> {
    let mut query = visible();
    if let Some(integration_id) = filter.integration_id {
        query = query.filter(dsl::integration_id.eq(integration_id));
    }
    if let Some(entity_type) = filter.entity_type {
        query = query.filter(dsl::entity_type.eq(Named(entity_type)));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(dsl::is_active.eq(is_active));
    }
    query
}

/// Makes mappings. A field that is mapped already is a unique violation of one of the two constraints above.
pub async fn insert(connection: &mut Connection, new: Vec<NewMapping>) -> Result<Vec<Mapping>> {
    diesel::insert_into(table::table).values(new).returning(Mapping::as_returning()).get_results(connection).await
}

/// The mappings that a run uses, in the order they were made.
pub async fn active_for(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<Vec<Mapping>> {
    let filter = Filter { integration_id: Some(integration_id), entity_type: Some(entity), is_active: Some(true) };
    matching(filter).order(dsl::id).select(Mapping::as_select()).load(connection).await
}

/// All mappings of an entity, active and not, in the order they were made.
pub async fn all_of(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<Vec<Mapping>> {
    let filter = Filter { integration_id: Some(integration_id), entity_type: Some(entity), is_active: None };
    matching(filter).order(dsl::id).select(Mapping::as_select()).load(connection).await
}

/// A page of a list, newest first.
pub async fn page(connection: &mut Connection, filter: Filter, offset: i64, limit: i64) -> Result<Vec<Mapping>> {
    let query = matching(filter).order(dsl::id.desc()).offset(offset).limit(limit);
    query.select(Mapping::as_select()).load(connection).await
}

/// How many mappings a list holds.
pub async fn count(connection: &mut Connection, filter: Filter) -> Result<i64> {
    matching(filter).count().get_result(connection).await
}

/// One mapping.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<Mapping>> {
    visible().filter(dsl::id.eq(id)).select(Mapping::as_select()).first(connection).await.optional()
}

/// One mapping, locked until the transaction ends, behind its integration.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<Option<Mapping>> {
    let Some(found) = find(connection, id).await? else { return Ok(None) };
    if crate::partners::integrations::lock(connection, found.integration_id).await?.is_none() {
        return Ok(None);
    }
    let query = table::table.filter(dsl::id.eq(id)).select(Mapping::as_select());
    query.for_no_key_update().first(connection).await.optional()
}

/// Changes a mapping and raises its version. A field that is mapped already is a unique violation as in [`insert`].
pub async fn update(connection: &mut Connection, id: i64, new: NewMapping) -> Result<Mapping> {
    diesel::update(table::table.filter(dsl::id.eq(id)))
        .set((new, dsl::version.eq(dsl::version + 1)))
        .returning(Mapping::as_returning())
        .get_result(connection)
        .await
}

/// Takes their fields from mappings that [`update_all`] is going to change.
pub async fn set_aside(connection: &mut Connection, ids: &[i64]) -> Result<usize> {
    let named = table::table.filter(dsl::id.eq_any(ids)).filter(dsl::is_active);
    diesel::update(named).set(dsl::is_active.eq(false)).execute(connection).await
}

/// Changes mappings, whose integration is locked, and raises their versions.
pub async fn update_all(connection: &mut Connection, changed: Vec<(i64, NewMapping)>) -> Result<Vec<Mapping>> {
    if changed.is_empty() {
        return Ok(Vec::new());
    }

    let rows: Vec<_> = changed.into_iter().map(|(id, new)| (dsl::id.eq(id), new)).collect();
    // All of them are there: this is an update of each by values of its own, in one statement.
    diesel::insert_into(table::table)
        .values(rows)
        .on_conflict(dsl::id)
        .do_update()
        .set((
            dsl::local_field.eq(excluded(dsl::local_field)),
            dsl::geniacs_field.eq(excluded(dsl::geniacs_field)),
            dsl::field_type.eq(excluded(dsl::field_type)),
            dsl::transformation_rules.eq(excluded(dsl::transformation_rules)),
            dsl::is_required.eq(excluded(dsl::is_required)),
            dsl::default_value.eq(excluded(dsl::default_value)),
            dsl::validation_rules.eq(excluded(dsl::validation_rules)),
            dsl::conflict_policy.eq(excluded(dsl::conflict_policy)),
            dsl::is_active.eq(excluded(dsl::is_active)),
            dsl::version.eq(dsl::version + 1),
        ))
        .returning(Mapping::as_returning())
        .get_results(connection)
        .await
}

/// Deletes these mappings.
pub async fn delete_all(connection: &mut Connection, ids: &[i64]) -> Result<usize> {
    diesel::delete(table::table.filter(dsl::id.eq_any(ids))).execute(connection).await
}

/// Deletes a mapping.
pub async fn delete(connection: &mut Connection, id: i64) -> Result<usize> {
    diesel::delete(table::table.filter(dsl::id.eq(id))).execute(connection).await
}
