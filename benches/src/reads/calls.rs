//! What is called: each route, its first page and one deep inside, its filters with common and with rare values.

use super::load::Loaded;
use crate::system::System;

/// One call.
pub(super) struct Call {
    pub(super) what: String,
    pub(super) path: String,
}

/// Filters of the lists by time; `{half}` is half a year ago.
const SYNCS: &[&str] = &[
    "",
    "limit=100",
    "entity_type=customers",
    "entity_type=nas_servers",
    "sync_type=full",
    "status=success",
    "status=failed",
    "status=cancelled",
    "status=partial",
    "status=pending",
    "status=processing",
    "status=cancelled&entity_type=nas_servers&sync_type=full",
    "status=partial&entity_type=payments",
    "from={half}",
    "to={half}",
    "to={half}&status=failed&entity_type=invoices",
    "from={half}&to={half}",
];
const LOGS: &[&str] = &[
    "",
    "limit=100",
    "log_level=info",
    "log_level=error",
    "log_level=critical",
    "to={half}",
    "to={half}&log_level=critical",
    "text=answered",
    "text=rare%20sentence",
    "text=nowhere",
    "text=nowhere&log_level=error",
    "text=nowhere&to={half}",
];
const EVENTS: &[&str] = &[
    "",
    "limit=100",
    "event_type=customer.updated",
    "event_type=nas_server.deleted",
    "event_type=no.such",
    "state=processed",
    "state=failed",
    "state=set_aside",
    "state=received",
    "state=superseded&event_type=payment.completed",
    "state=set_aside&event_type=nas_server.deleted",
    "to={half}&state=superseded",
];
const CONFLICTS: &[&str] =
    &["", "limit=100", "state=open", "state=resolved", "state=decided", "entity_type=payments", "local_id=77"];
const RECORDS: &[&str] = &[
    "",
    "limit=100",
    "after=50000",
    "q=C-5000",
    "q=cust_4711",
    "q=4711",
    "q=nobody",
    "state=conflict",
    "state=differs",
    "state=in_step",
    "state=unlinked",
];
const STATISTICS: &[&str] = &["", "from={year}"];

/// Every call.
pub(super) async fn all(system: &System, loaded: &Loaded) -> anyhow::Result<Vec<Call>> {
    let found = Found::of(system, loaded).await?;
    let mut calls = Vec::new();
    for (list, table, filters) in [
        ("syncs", "geniacs_data_sync", SYNCS),
        ("logs", "geniacs_sync_logs", LOGS),
        ("webhook-events", "geniacs_webhook_events", EVENTS),
        ("conflicts", "conflicts", CONFLICTS),
    ] {
        let deep = Found::deep(system, table).await?;
        for whose in Found::whose(loaded) {
            calls.extend(filters.iter().map(|filter| found.call(list, &[&whose, filter])));
            calls.push(found.call(list, &[&whose, &format!("limit=100&after={deep}")]));
        }
    }
    for whose in Found::whose(loaded) {
        calls.extend(STATISTICS.iter().map(|filter| found.call("statistics", &[&whose, filter])));
    }
    for filter in RECORDS {
        calls.push(found.call("records/customers", &[&format!("integration_id={}", loaded.integrations[0]), filter]));
    }
    calls.extend(found.single().into_iter().map(|path| found.call(&path, &[])));
    calls.push(Call { what: "/api/system".to_owned(), path: "/api/system".to_owned() });
    calls.push(Call { what: "/api/auth/me".to_owned(), path: "/api/auth/me".to_owned() });
    Ok(calls)
}

/// Ids that calls name.
struct Found {
    big: i64,
    sync: i64,
    large_sync: i64,
    check: i64,
    event: i64,
    conflict: i64,
    schedule: i64,
    mapping: i64,
    report: i64,
    half: String,
    year: String,
}

impl Found {
    async fn of(system: &System, loaded: &Loaded) -> anyhow::Result<Self> {
        let big = loaded.integrations[0];
        let id = async |sql: &str| -> anyhow::Result<i64> { Ok(system.sql.query_one(sql, &[]).await?.get(0)) };
        let day = async |days: i32| -> anyhow::Result<String> {
            let sql = "SELECT to_char(now() - make_interval(days => $1), 'YYYY-MM-DD')";
            Ok(system.sql.query_one(sql, &[&days]).await?.get(0))
        };
        Ok(Self {
            big,
            sync: id("SELECT id FROM geniacs_data_sync WHERE status = 'partial' ORDER BY id LIMIT 1 OFFSET 1000")
                .await?,
            large_sync: id("SELECT sync_id FROM sync_chunks GROUP BY 1 ORDER BY count(*) DESC LIMIT 1").await?,
            check: id("SELECT id FROM geniacs_data_sync WHERE data ? 'check' LIMIT 1").await?,
            event: id("SELECT max(id) - 1000 FROM geniacs_webhook_events").await?,
            conflict: id("SELECT max(id) FROM conflicts").await?,
            schedule: id("SELECT min(schedule_id) FROM schedule_ticks").await?,
            mapping: id("SELECT min(id) FROM geniacs_field_mappings").await?,
            report: id("SELECT min(id) FROM reports").await?,
            half: day(182).await?,
            year: day(364).await?,
        })
    }

    /// A place in the middle of a list, as its cursor.
    async fn deep(system: &System, table: &str) -> anyhow::Result<String> {
        let sql = format!(
            "SELECT (extract(epoch FROM created_at) * 1000000)::bigint || '-' || id FROM {table}
             ORDER BY abs(id - (SELECT max(id) / 2 FROM {table})) LIMIT 1"
        );
        Ok(system.sql.query_one(&sql, &[]).await?.get(0))
    }

    /// All integrations, and each alone.
    fn whose(loaded: &Loaded) -> Vec<String> {
        let each = loaded.integrations.iter().map(|id| format!("integration_id={id}"));
        std::iter::once(String::new()).chain(each).collect()
    }

    fn call(&self, path: &str, query: &[&str]) -> Call {
        let query: Vec<&str> = query.iter().copied().filter(|part| !part.is_empty()).collect();
        let query = query.join("&").replace("{half}", &self.half).replace("{year}", &self.year);
        let what = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Call { path: format!("/api/geniacs/{what}"), what }
    }

    /// What has no filters of its own, or few.
    fn single(&self) -> Vec<String> {
        let Self { big, sync, large_sync, check, event, conflict, schedule, mapping, report, .. } = self;
        [
            "integrations".to_owned(),
            "integrations?is_active=true&sync_enabled=true".to_owned(),
            format!("integrations/{big}"),
            format!("integrations/{big}/health"),
            format!("sync/{sync}/status"),
            format!("sync/{large_sync}/status"),
            format!("sync/{sync}/errors"),
            format!("sync/{large_sync}/errors?limit=100"),
            format!("sync/{sync}/logs"),
            format!("sync/{sync}/logs?log_level=error"),
            format!("sync/{check}/preview?limit=100"),
            format!("sync/{check}/preview?action=fail"),
            format!("consistency-checks/{check}"),
            format!("logs?sync_id={sync}"),
            "mappings".to_owned(),
            format!("mappings?integration_id={big}&entity_type=customers&is_active=true"),
            format!("mappings/{mapping}"),
            "mappings/fields?entity_type=customers".to_owned(),
            "schedules".to_owned(),
            format!("schedules?integration_id={big}&entity_type=customers&is_active=true"),
            format!("schedules/{schedule}"),
            format!("schedules/{schedule}/ticks?limit=100"),
            "schedules/preview?cron_expression=0%203%20*%20*%20*&timezone=Asia/Jakarta".to_owned(),
            format!("webhook-events/{event}"),
            format!("records/customers/77?integration_id={big}"),
            "records/customers/77/timeline".to_owned(),
            format!("conflicts/{conflict}"),
            "reports".to_owned(),
            format!("reports/{report}"),
            "dead-letters".to_owned(),
            format!("dead-letters?integration_id={big}&state=dropped&limit=100"),
            "dead-letters?state=set_aside".to_owned(),
            "settings/retention".to_owned(),
        ]
        .into()
    }
}
