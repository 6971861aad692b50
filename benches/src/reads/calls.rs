//! What is called: each route, its first page and one deep inside, its filters with common and with rare values.

use super::load::Loaded;
use crate::system::System;
use serde_json::{Value, json};

/// One call.
pub(super) struct Call {
    pub(super) what: String,
    pub(super) path: String,
    /// What is posted; none: it is a GET.
    pub(super) body: Option<Value>,
}

impl Call {
    fn get(what: String, path: String) -> Self {
        Self { what, path, body: None }
    }

    /// How many things of a list a filter finds.
    fn count(list: &str, filter: &Value) -> Self {
        let body = json!({"filter": filter});
        Self { what: format!("{list}/count {filter}"), path: format!("/api/geniacs/{list}/count"), body: Some(body) }
    }
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

/// Outside of `/api/geniacs`.
const REST: &[&str] = &[
    "/api/system",
    "/api/auth/me",
    "/api/tokens",
    "/api/users",
    "/api/audit-log",
    "/api/audit-log?limit=250",
    "/api/audit-log?actor=admin@example.com",
    "/api/audit-log?actor=nobody@example.com",
    "/api/audit-log?action=mapping.updated",
    "/api/audit-log?action=no.such",
    "/api/audit-log?request_id=none",
    "/api/audit-log?action=mapping.updated&actor=admin@example.com",
];

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
    calls.extend(found.of_dashboard().into_iter().map(|path| found.call(&path, &[])));
    calls.extend(found.counts());
    calls.extend(REST.iter().map(|path| Call::get((*path).to_owned(), (*path).to_owned())));
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
    /// A log entry in the middle.
    entry: i64,
    operation: i64,
    rule: i64,
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
            entry: id("SELECT max(id) / 2 FROM geniacs_sync_logs").await?,
            operation: id("SELECT min(id) FROM operations").await?,
            rule: id("SELECT min(id) FROM notification_rules").await?,
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
        Call::get(what.clone(), format!("/api/geniacs/{what}"))
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

    /// What the dashboard asks for besides.
    fn of_dashboard(&self) -> Vec<String> {
        let Self { big, sync, large_sync, check, entry, operation, rule, .. } = self;
        [
            "attention".to_owned(),
            format!("attention?integration_id={big}"),
            "search?q=cust_4711".to_owned(),
            "search?q=C-5000".to_owned(),
            "search?q=evt_4711".to_owned(),
            "search?q=4711".to_owned(),
            "search?q=nobody".to_owned(),
            format!("logs?around={entry}&limit=250"),
            format!("logs?around={entry}&lowest_level=error&limit=250"),
            format!("logs?around={entry}&log_level=critical"),
            format!("logs?around={entry}&integration_id={big}&limit=250"),
            format!("logs?around={entry}&text=nowhere"),
            format!("sync/{sync}/logs?around={entry}"),
            "logs?lowest_level=warning&limit=250".to_owned(),
            "logs?lowest_level=critical".to_owned(),
            "webhook-events?geniacs_id=cust_4711".to_owned(),
            format!("webhook-events?integration_id={big}&geniacs_id=nobody"),
            "webhook-events?event_id=evt_4711".to_owned(),
            "webhook-events?event_id=nobody".to_owned(),
            "webhook-events?entity_type=payments".to_owned(),
            "webhook-events?entity_type=customers&limit=250".to_owned(),
            "syncs?sync_direction=bidirectional&limit=250".to_owned(),
            "syncs?kind=check".to_owned(),
            "syncs?kind=retry".to_owned(),
            "syncs?schedule_id=1".to_owned(),
            "syncs?status=failed,partial,cancelled&limit=250".to_owned(),
            format!("sync/{large_sync}/error-groups"),
            format!("sync/{large_sync}/errors?error_type=validation_error&limit=250"),
            format!("sync/{large_sync}/errors?q=nowhere"),
            "consistency-checks".to_owned(),
            format!("consistency-checks/{check}?limit=250"),
            "conflicts?field=email&state=open&limit=250".to_owned(),
            "conflicts?field=nothing".to_owned(),
            "conflicts?fields=email&state=open&limit=250".to_owned(),
            "conflicts?fields=email,name".to_owned(),
            "notifications?limit=250".to_owned(),
            "notifications?state=failed".to_owned(),
            format!("notifications?rule_id={rule}"),
            format!("notifications?rule_id={rule}&state=waiting"),
            "notification-rules".to_owned(),
            format!("operations/{operation}?limit=250"),
            "mappings/rules".to_owned(),
            format!("mappings/fields?entity_type=customers&integration_id={big}"),
            "statistics?time_zone=Asia/Kathmandu".to_owned(),
            format!("records/customers/77/timeline?integration_id={big}&limit=250"),
        ]
        .into()
    }

    /// Bounded counts of lists, by common filters and by rare ones.
    fn counts(&self) -> Vec<Call> {
        let big = self.big;
        [
            ("syncs", json!({})),
            ("syncs", json!({"status": ["failed", "partial"]})),
            ("syncs", json!({"status": "failed", "entity_type": "invoices", "to": self.half})),
            ("logs", json!({})),
            ("logs", json!({"lowest_level": "error"})),
            ("logs", json!({"text": "nowhere"})),
            ("webhook-events", json!({"state": "set_aside"})),
            ("webhook-events", json!({"state": "set_aside", "event_type": "nas_server.deleted"})),
            ("conflicts", json!({"state": "open"})),
            ("conflicts", json!({"state": "open", "fields": ["email"]})),
            ("dead-letters", json!({"state": "dropped"})),
            ("records/customers", json!({"integration_id": big})),
            ("records/customers", json!({"integration_id": big, "q": "C-5"})),
            ("records/customers", json!({"integration_id": big, "state": "conflict"})),
        ]
        .iter()
        .map(|(list, filter)| Call::count(list, filter))
        .collect()
    }
}
