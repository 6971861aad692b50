//! Lists that are read from a cursor on, in both directions.

use crate::stand::Stand;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use serde_json::{Value, json};

/// Rows of every list: 25 of each.
async fn stand_with_rows() -> (Stand, Vec<(String, &'static str)>) {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;

    let body = json!({"integration_id": integration, "entity_type": "customers", "options": {"dry_run": true}});
    let sync = stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].clone();
    let check = json!({"integration_id": integration, "entity_type": "payments"});
    let check =
        stand.post("/api/geniacs/consistency-checks", &check).await.body["data"]["consistency_check"]["id"].clone();
    let schedule = stand.count("SELECT min(id) AS count FROM geniacs_sync_schedules").await;

    let at = "timestamptz '2026-03-01T00:00:00Z' + n / 3 * interval '1 minute'";
    let rows = format!(
        "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, created_at)
         SELECT {integration}, 'full', 'invoices', 'to_geniacs', 'success', '{{}}', {at} FROM generate_series(1, 25) n;
         INSERT INTO geniacs_sync_logs (integration_id, sync_id, log_level, message, created_at)
         SELECT {integration}, {sync}, 'info', CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END, {at} FROM generate_series(1, 25) n;
         INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message)
         SELECT {sync}, (SELECT min(id) FROM sync_chunks WHERE sync_id = {sync}), n, 'x', 'Message' FROM generate_series(1, 25) n;
         INSERT INTO sync_plan_items (sync_id, chunk_id, direction, action, local_id, changes)
         SELECT s.id, (SELECT min(id) FROM sync_chunks WHERE sync_id = s.id), 'to_geniacs', 'create', n, '[]'
         FROM generate_series(1, 25) n, (VALUES ({sync}), ({check})) s (id);
         INSERT INTO schedule_ticks (schedule_id, scheduled_for, outcome)
         SELECT {schedule}, timestamptz '2026-03-01T00:00:00Z' + n * interval '1 hour', 'skipped' FROM generate_series(1, 25) n;
         INSERT INTO customers (name, customer_code) SELECT 'Customer ' || n, 'C' || n FROM generate_series(1, 25) n;
         INSERT INTO record_history (integration_id, entity_type, local_id, direction, action, cause)
         SELECT {integration}, 'customers', 1, 'to_geniacs', 'updated', 'sync' FROM generate_series(1, 25) n;
         INSERT INTO audit_log (actor, action, subject_type) SELECT 'somebody', 'thing.changed', 'thing' FROM generate_series(1, 25) n"
    );
    stand.database.execute(&rows).await;

    let lists = [
        ("geniacs/syncs?entity_type=invoices".to_owned(), "syncs"),
        ("geniacs/logs?".to_owned(), "logs"),
        ("geniacs/logs?text=odd".to_owned(), "logs"),
        (format!("geniacs/sync/{sync}/logs?"), "logs"),
        (format!("geniacs/sync/{sync}/errors?"), "errors"),
        (format!("geniacs/sync/{sync}/errors?q=message"), "errors"),
        (format!("geniacs/sync/{sync}/preview?"), "preview.items"),
        (format!("geniacs/consistency-checks/{check}?"), "consistency_check.differences"),
        (format!("geniacs/schedules/{schedule}/ticks?"), "ticks"),
        (format!("geniacs/records/customers?integration_id={integration}"), "records"),
        ("geniacs/records/customers/1/timeline?".to_owned(), "timeline"),
        ("audit-log?".to_owned(), "audit_log"),
    ];
    (stand, lists.into())
}

/// The items of an answer, and its cursors.
async fn page(stand: &Stand, path: &str, plural: &str) -> (Vec<Value>, Option<String>, Option<String>) {
    let answer = stand.get_as(domain::Role::Admin, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let data = &answer.body["data"];
    let items = plural.split('.').fold(data, |value, name| &value[name]);
    let cursor = |name: &str| data[name].as_str().map(str::to_owned);
    (items.as_array().unwrap_or_else(|| panic!("{path}: {data}")).clone(), cursor("prev_cursor"), cursor("next_cursor"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_can_be_walked_to_its_end_and_back_and_shows_the_same_both_ways() {
    let (stand, lists) = stand_with_rows().await;
    for (path, plural) in lists {
        let path = format!("/api/{path}&limit=4");
        let (mut there, mut next) = (Vec::new(), Some(path.clone()));
        let mut last = Vec::new();
        while let Some(at) = next {
            let (items, prev, further) = page(&stand, &at, plural).await;
            assert_eq!(prev.is_none(), there.is_empty(), "{at}: only the first stretch has none before it");
            there.push(items);
            next = further.map(|cursor| format!("{path}&after={cursor}"));
            last = prev.into_iter().collect::<Vec<String>>();
        }
        assert!(there.len() > 2, "{path}: {} stretches", there.len());

        let mut back = vec![there.last().unwrap().clone()];
        let mut prev = last.pop();
        while let Some(cursor) = prev {
            let (items, further, next) = page(&stand, &format!("{path}&before={cursor}"), plural).await;
            assert!(next.is_some(), "{path}: there is something after it");
            back.push(items);
            prev = further;
        }
        back.reverse();
        assert_eq!(back.concat(), there.concat(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_takes_250_items_at_once() {
    let (stand, _) = stand_with_rows().await;
    let more =
        "INSERT INTO customers (name, customer_code) SELECT 'More ' || n, 'M' || n FROM generate_series(1, 300) n";
    stand.database.execute(more).await;
    let integration = stand.count("SELECT min(id) AS count FROM geniacs_integrations").await;
    let path = format!("/api/geniacs/records/customers?integration_id={integration}&limit=250");
    let (items, _, next) = page(&stand, &path, "records").await;
    assert_eq!((items.len(), next.is_some()), (250, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_for_those_who_take_it_and_the_stream_is_not() {
    let (stand, _) = stand_with_rows().await;

    let ask = async |path: &str, accept: &str| {
        let request = stand.request(Method::GET, path).bearer_auth(stand.admin()).header(ACCEPT_ENCODING, accept);
        request.send().await.unwrap()
    };

    for accept in ["gzip", "br, gzip;q=0.5", "deflate, gzip, br, zstd"] {
        let answer = ask("/api/geniacs/syncs?limit=250", accept).await;
        assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip", "{accept}");
        assert_eq!(answer.headers()[VARY], "accept-encoding");
        assert!(answer.bytes().await.unwrap().starts_with(&[0x1f, 0x8b]), "{accept}");
    }

    for accept in ["identity", "br", "gzip;q=0", "br;q=1, identity;q=0, *;q=0", "\u{e9}"] {
        let answer = ask("/api/geniacs/syncs", accept).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get(CONTENT_ENCODING)), (200, None), "{accept}");
        assert!(answer.text().await.unwrap().starts_with("{\""), "{accept}");
    }

    let stream = ask("/api/geniacs/events/stream", "gzip").await;
    assert_eq!((stream.status().as_u16(), stream.headers().get(CONTENT_ENCODING)), (200, None));
}
