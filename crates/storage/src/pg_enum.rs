//! The domain's named enums as PostgreSQL's enum types.

use diesel::internal::derives::as_expression::Bound;

/// A domain enum on its way into a statement. Rows give the enum itself.
#[derive(Debug, Clone, Copy)]
pub struct Named<T>(pub T);

/// Stores and reads a domain enum under a marker of `schema::sql_types`, by its stable name.
macro_rules! pg_enum {
    ($($marker:ident => $value:ty),+ $(,)?) => { $(
        impl From<$value> for Named<$value> {
            fn from(value: $value) -> Self {
                Self(value)
            }
        }

        impl diesel::serialize::ToSql<crate::schema::sql_types::$marker, diesel::pg::Pg> for Named<$value> {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                std::io::Write::write_all(out, self.0.as_str().as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::expression::AsExpression<crate::schema::sql_types::$marker> for Named<$value> {
            type Expression = Bound<crate::schema::sql_types::$marker, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        impl From<Option<$value>> for Named<Option<$value>> {
            fn from(value: Option<$value>) -> Self {
                Self(value)
            }
        }

        impl diesel::expression::AsExpression<diesel::sql_types::Nullable<crate::schema::sql_types::$marker>>
            for Named<Option<$value>>
        {
            type Expression = Bound<diesel::sql_types::Nullable<crate::schema::sql_types::$marker>, Option<Named<$value>>>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self.0.map(Named))
            }
        }

        impl diesel::deserialize::FromSql<crate::schema::sql_types::$marker, diesel::pg::Pg> for $value {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(std::str::from_utf8(bytes.as_bytes())?.parse()?)
            }
        }

        impl diesel::deserialize::Queryable<crate::schema::sql_types::$marker, diesel::pg::Pg> for $value {
            type Row = Self;

            fn build(row: Self) -> diesel::deserialize::Result<Self> {
                Ok(row)
            }
        }
    )+ };
}

pg_enum! {
    EntityType => domain::EntityType,
    ConflictPolicy => domain::integration::ConflictPolicy,
    FieldType => domain::FieldType,
    SyncType => domain::SyncType,
    SyncDirection => domain::SyncDirection,
    SyncStatus => domain::SyncStatus,
    ChunkKind => domain::sync::ChunkKind,
    UserRole => domain::Role,
    ScheduleOverlap => domain::schedule::Overlap,
    ScheduleCatchUp => domain::schedule::CatchUp,
}
