//! The months of monitoring data: partitions made ahead, and dropped after their retention.

use crate::{Connection, Result};
use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Date, Integer, Text};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Partition {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Month {
    #[diesel(sql_type = Date)]
    month: NaiveDate,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Months from this one to `ahead` months later that have no partition yet. Months are those of UTC.
pub async fn missing(connection: &mut Connection, ahead: u32) -> Result<Vec<NaiveDate>> {
    let months: Vec<Month> = diesel::sql_query(
        "SELECT m.month FROM generate_series(0, $1) AS n,
             LATERAL (SELECT (date_trunc('month', geniacs_now() AT TIME ZONE 'UTC') + make_interval(months => n))::date) m (month)
         WHERE to_regclass('monitoring_data_y' || to_char(m.month, 'YYYY') || 'm' || to_char(m.month, 'MM')) IS NULL
         ORDER BY m.month",
    )
    .bind::<Integer, _>(i32::try_from(ahead).unwrap_or(i32::MAX))
    .load(connection)
    .await?;
    Ok(months.into_iter().map(|row| row.month).collect())
}

/// Makes a month's partition, and moves there what lies in the default partition for it. It waits for the table no
/// longer than `lock_timeout`; run it inside a transaction.
pub async fn make(connection: &mut Connection, month: NaiveDate) -> Result<()> {
    be_brief(connection).await?;
    diesel::sql_query("SELECT count(*) AS n FROM ensure_monitoring_partition($1)")
        .bind::<Date, _>(month)
        .get_result::<Count>(connection)
        .await?;
    Ok(())
}

/// Partitions whose month ended more than `months` months ago, oldest first.
pub async fn expired(connection: &mut Connection, months: u32) -> Result<Vec<String>> {
    let rows: Vec<Partition> = diesel::sql_query(
        "SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'monitoring_data'::regclass AND c.relname ~ '^monitoring_data_y\\d{4}m\\d{2}$'
           AND to_date(substr(c.relname, 18), 'YYYY\"m\"MM') + interval '1 month'
               <= (geniacs_now() AT TIME ZONE 'UTC') - make_interval(months => $1)
         ORDER BY c.relname",
    )
    .bind::<Integer, _>(i32::try_from(months).unwrap_or(i32::MAX))
    .load(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Drops a partition that [`expired`] named. Whoever uses the table is waited for no longer than `lock_timeout`, and waits
/// no longer; run it inside a transaction. (Detaching concurrently is not possible beside a default partition.)
pub async fn drop(connection: &mut Connection, name: &str) -> Result<()> {
    be_brief(connection).await?;
    diesel::sql_query("SELECT drop_monitoring_partition($1)").bind::<Text, _>(name).execute(connection).await?;
    Ok(())
}

/// Rows that lie in the default partition: of months that nobody expected.
pub async fn in_default(connection: &mut Connection) -> Result<i64> {
    let count: Count =
        diesel::sql_query("SELECT count(*) AS n FROM (SELECT FROM monitoring_data_default LIMIT 100000) d")
            .get_result(connection)
            .await?;
    Ok(count.n)
}

/// Waiting for a whole table's lock holds up everybody behind it.
async fn be_brief(connection: &mut Connection) -> Result<()> {
    diesel::sql_query("SET LOCAL lock_timeout = '1s'").execute(connection).await?;
    Ok(())
}
