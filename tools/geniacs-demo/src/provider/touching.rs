//! Changing the provider's data, for an incremental to find.

use crate::provider_data::{Random, phone_like_new};
use anyhow::{Context as _, bail};
use chrono::{Days, NaiveDate};
use domain::EntityType;
use storage::entities::descriptor;
use tokio_postgres::{Client, Transaction};

/// An e-mail address that passes.
const PASSES: &str = r"~* '^[a-z0-9._]+@[a-z0-9]+(\.[a-z0-9]+)+$'";

/// The column that is changed in a table's rows.
struct RowChange {
    column: &'static str,
    column_type: &'static str,
    /// Another value than the one in use, the same for the same seed and row.
    value: fn(&mut Random, &str) -> String,
}

fn change_of(entity: EntityType) -> Option<RowChange> {
    let (column, column_type, value): (_, _, fn(&mut Random, &str) -> String) = match entity {
        EntityType::Customers => ("phone", "text", phone_like_new),
        EntityType::Subscriptions => ("plan_name", "text", |random, used| {
            another_value(used, || format!("Promo {} Mbps", 10 + random.below(990)))
        }),
        EntityType::Invoices => ("due_date", "date", |random, used| {
            let used = used.parse().unwrap_or(NaiveDate::MIN);
            used.checked_add_days(Days::new(1 + random.below(14))).unwrap_or(used).to_string()
        }),
        EntityType::Payments => {
            ("reference_number", "text", |random, used| another_value(used, || format!("REF{}", random.digits(12))))
        }
        EntityType::NasServers => {
            ("description", "text", |random, used| another_value(used, || format!("BRAS, rak {}", random.digits(6))))
        }
        EntityType::MonitoringData => return None,
    };

    Some(RowChange { column, column_type, value })
}

fn another_value(used: &str, mut make: impl FnMut() -> String) -> String {
    loop {
        let value = make();
        if value != used {
            return value;
        }
    }
}

/// Changes exactly `count` live rows, the same for the same seed and table, or nothing. They are such that a change of them
/// can be synced. Samples do not change: there are so many new ones then.
pub(crate) async fn touch_entity(client: &mut Client, entity: EntityType, count: i64, seed: u64) -> anyhow::Result<()> {
    let transaction = client.transaction().await?;

    let changed = match change_of(entity) {
        Some(change) => change_rows(&transaction, entity, &change, count, seed).await?,
        None => add_samples(&transaction, count).await?,
    };

    if i64::try_from(changed)? < count {
        bail!("only {changed} {entity} can be changed, not {count}; load more with `geniacs-demo load`");
    }

    transaction.commit().await?;
    Ok(())
}

async fn change_rows(
    transaction: &Transaction<'_>,
    entity: EntityType,
    change: &RowChange,
    count: i64,
    seed: u64,
) -> anyhow::Result<u64> {
    let (table, RowChange { column, column_type, .. }) = (descriptor(entity).table, change);
    let sql = format!(
        "SELECT id, {column}::text FROM {table} t WHERE deleted_at IS NULL AND {}
         ORDER BY md5($2 || id::text), id LIMIT $1 FOR UPDATE",
        can_be_synced(entity)
    );

    let rows = transaction.query(&sql, &[&count, &seed.to_string()]).await?;
    let changes = rows.iter().map(|row| {
        let id: i64 = row.get(0);
        let used = row.get::<_, Option<&str>>(1).unwrap_or_default();
        (id, (change.value)(&mut Random::of_item(seed, id.unsigned_abs()), used))
    });
    let (ids, values): (Vec<i64>, Vec<String>) = changes.unzip();
    let sql = format!(
        "UPDATE {table} t SET {column} = u.value::{column_type}
         FROM unnest($1::bigint[], $2::text[]) AS u (id, value) WHERE t.id = u.id"
    );

    transaction.execute(&sql, &[&ids, &values]).await.with_context(|| format!("the {entity} could not be changed"))
}

fn can_be_synced(entity: EntityType) -> String {
    match entity {
        EntityType::NasServers | EntityType::MonitoringData => "true".to_owned(),
        EntityType::Customers => format!("t.email {PASSES}"),
        EntityType::Subscriptions | EntityType::Invoices | EntityType::Payments => {
            format!("EXISTS (SELECT FROM customers c WHERE c.id = t.customer_id AND c.email {PASSES})")
        }
    }
}

/// New samples of servers, a moment apart.
async fn add_samples(transaction: &Transaction<'_>, count: i64) -> anyhow::Result<u64> {
    let sql = "INSERT INTO monitoring_data (nas_server_id, metric_type, value, unit, recorded_at)
         SELECT s.id, 'latency_ms', 1 + n % 90, 'ms', geniacs_now() - n * interval '1 millisecond'
         FROM generate_series(1, $1::bigint) n, (SELECT min(id) AS id FROM nas_servers WHERE deleted_at IS NULL) s
         WHERE s.id IS NOT NULL";
    transaction.execute(sql, &[&count]).await.context("the samples could not be added")
}
