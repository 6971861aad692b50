//! A provider's customers, and the rows that a run left.

use tokio_postgres::Client;

/// The columns that a run of the default mappings touches.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) status: String,
    pub(super) geniacs_id: String,
}

/// Makes customers, numbered from 1, with fresh statistics.
pub(super) async fn load(sql: &Client, count: u64) -> anyhow::Result<()> {
    let statement = format!(
        "INSERT INTO customers (customer_code, name, email, phone, city, province, address, balance)
         SELECT 'CUST-' || n, 'Siti Rahmawati ' || n, 'siti' || n || '@example.co.id', '0812' || lpad(n::text, 8, '0'),
             'Bandung', 'Jawa Barat', 'Jalan Merdeka ' || n, n % 1000
         FROM generate_series(1, {count}) n"
    );
    sql.batch_execute(&statement).await?;
    Ok(sql.batch_execute("VACUUM ANALYZE customers").await?)
}

/// All customers, as the last run left them.
pub(super) async fn rows(sql: &Client) -> anyhow::Result<Vec<Row>> {
    let text = "SELECT id, coalesce(customer_code, ''), name, coalesce(email, ''), coalesce(phone, ''), status,
        coalesce(geniacs_customer_id, '') FROM customers ORDER BY id";

    let row = |row: tokio_postgres::Row| Row {
        id: row.get(0),
        code: row.get(1),
        name: row.get(2),
        email: row.get(3),
        phone: row.get(4),
        status: row.get(5),
        geniacs_id: row.get(6),
    };
    Ok(sql.query(text, &[]).await?.into_iter().map(row).collect())
}
