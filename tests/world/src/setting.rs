//! What every story finds set up: a way into the database, and an integration with its mappings.

use crate::cast::Cast;
use crate::database::Database;
use crate::door::SECRET;
use crate::fields::Field;
use domain::EntityType;
use secrets::{KeyRing, Place};
use serde_json::{Value, json};
use storage::partners::integrations::{self, NewIntegration};
use storage::partners::mappings::{self, NewMapping};
use storage::{Pool, pool};

pub(crate) fn test_pool(database: &Database) -> Pool {
    pool::pool(&storage::PoolOptions {
        url: database.url().to_owned().into(),
        size: 1,
        role: None,
        application_name: "world".to_owned(),
        statement_timeout: std::time::Duration::from_secs(30),
        least_log_level: "debug",
    })
    .expect("a good address")
}

pub(crate) async fn integration(
    connection: &mut storage::Connection,
    cast: &Cast,
    address: &str,
    keys: &str,
    configuration: Value,
) -> i64 {
    let ring = KeyRing::parse(keys).expect("good keys");
    let id = integrations::next_id(connection).await.expect("a number");

    let seal = |column: &'static str, secret: &str| {
        ring.seal(&Place { table: "geniacs_integrations", column, row: id }, secret)
    };

    let new = NewIntegration {
        id,
        name: "Geniacs".to_owned(),
        description: None,
        endpoint_url: address.to_owned(),
        api_version: "v1".to_owned(),
        api_key_encrypted: seal("api_key_encrypted", "secret"),
        api_secret_encrypted: seal("api_secret_encrypted", "secret"),
        webhook_url: None,
        webhook_secret: Some(seal("webhook_secret", SECRET)),
        is_active: true,
        sync_enabled: true,
        configuration,
        rate_limits: json!({}),
        timeout_seconds: 30,
        retry_attempts: 3,
    };

    integrations::insert(connection, &new).await.expect("the integration is stored");
    let mappings = cast.fields.iter().chain([&cast.token]).map(|field| new_mapping(id, cast.entity, field));
    mappings::insert(connection, mappings.collect()).await.expect("the mappings are stored");
    id
}

fn new_mapping(integration_id: i64, entity_type: EntityType, field: &Field) -> NewMapping {
    NewMapping::new(integration_id, entity_type, field.mapping(), true)
}
