//! The tables whose rows people edit, for Diesel's query builder. The migrations are what counts; a column that is
//! missing here is simply not used.

/// PostgreSQL's enum types.
pub(crate) mod sql_types {
    use diesel::query_builder::QueryId;
    use diesel::sql_types::SqlType;

    macro_rules! enum_types {
        ($($marker:ident = $name:literal),+ $(,)?) => { $(
            #[doc = concat!("`", $name, "`")]
            #[derive(Debug, Clone, Copy, QueryId, SqlType)]
            #[diesel(postgres_type(name = $name))]
            pub struct $marker;
        )+ };
    }

    enum_types! {
        EntityType = "entity_type",
        ConflictPolicy = "conflict_policy",
        FieldType = "field_type",
        SyncType = "sync_type",
        SyncDirection = "sync_direction",
        SyncStatus = "sync_status",
        ChunkKind = "chunk_kind",
        UserRole = "user_role",
        ScheduleOverlap = "schedule_overlap",
        ScheduleCatchUp = "schedule_catch_up",
    }
}

diesel::table! {
    geniacs_integrations (id) {
        id -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
        endpoint_url -> Text,
        api_version -> Text,
        api_key_encrypted -> Text,
        api_secret_encrypted -> Text,
        webhook_url -> Nullable<Text>,
        webhook_secret -> Nullable<Text>,
        webhook_secret_previous -> Nullable<Text>,
        webhook_secret_previous_until -> Nullable<Timestamptz>,
        is_active -> Bool,
        sync_enabled -> Bool,
        last_sync_at -> Nullable<Timestamptz>,
        last_webhook_received_at -> Nullable<Timestamptz>,
        configuration -> Jsonb,
        rate_limits -> Jsonb,
        timeout_seconds -> Integer,
        retry_attempts -> Integer,
        version -> Integer,
        archived_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz};
    use super::sql_types::{ConflictPolicy, EntityType, FieldType};

    geniacs_field_mappings (id) {
        id -> BigInt,
        integration_id -> BigInt,
        entity_type -> EntityType,
        local_field -> Text,
        geniacs_field -> Text,
        field_type -> FieldType,
        transformation_rules -> Nullable<Jsonb>,
        is_required -> Bool,
        default_value -> Nullable<Text>,
        validation_rules -> Nullable<Jsonb>,
        is_active -> Bool,
        conflict_policy -> Nullable<ConflictPolicy>,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz};
    use super::sql_types::{EntityType, ScheduleCatchUp, ScheduleOverlap, SyncType};

    geniacs_sync_schedules (id) {
        id -> BigInt,
        integration_id -> BigInt,
        name -> Text,
        entity_type -> EntityType,
        sync_type -> SyncType,
        cron_expression -> Text,
        is_active -> Bool,
        last_run_at -> Nullable<Timestamptz>,
        next_run_at -> Timestamptz,
        configuration -> Jsonb,
        time_zone -> Text,
        overlap -> ScheduleOverlap,
        catch_up -> ScheduleCatchUp,
        jitter_seconds -> Integer,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Text, Timestamptz};
    use super::sql_types::UserRole;

    users (id) {
        id -> BigInt,
        email -> Text,
        name -> Text,
        role -> UserRole,
        password_hash -> Text,
        is_active -> Bool,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text, Timestamptz};
    use super::sql_types::UserRole;

    api_tokens (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        token_hash -> Binary,
        role -> UserRole,
        expires_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        kind -> Text,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    notification_rules (id) {
        id -> BigInt,
        name -> Text,
        integration_id -> Nullable<BigInt>,
        causes -> Array<Text>,
        channel -> Text,
        url -> Nullable<Text>,
        signing_secret -> Nullable<Text>,
        addresses -> Array<Text>,
        language -> Text,
        not_in_step_seconds -> Integer,
        tells_end -> Bool,
        is_active -> Bool,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::joinable!(api_tokens -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(api_tokens, users);
diesel::allow_tables_to_appear_in_same_query!(geniacs_integrations, geniacs_field_mappings, geniacs_sync_schedules);

diesel::define_sql_function! {
    /// The time that every statement goes by; a test may move it for its database.
    fn geniacs_now() -> diesel::sql_types::Timestamptz;
}

diesel::define_sql_function! {
    /// Text in lower case, by which addresses are unique.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}
