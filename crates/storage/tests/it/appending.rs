//! Measurements, which are only ever added.

use domain::EntityType::MonitoringData;
use serde_json::{Value, json};
use storage::entities::descriptor;
use storage::records::{self, Insert, Selection};

use crate::stand::Stand;

const COLUMNS: [&str; 4] = ["nas_server_id", "metric_type", "value", "recorded_at"];

fn sample(geniacs_id: &str, fields: &Value) -> Insert {
    Insert { geniacs_id: geniacs_id.to_owned(), fields: fields.as_object().unwrap().clone() }
}

fn cpu(value: i64, recorded_at: &str) -> Value {
    json!({"nas_server_id": 1, "metric_type": "cpu_usage", "value": value, "recorded_at": recorded_at})
}

async fn append(stand: &Stand, rows: &[Insert]) -> Vec<bool> {
    let columns = COLUMNS.into_iter();
    records::append(&mut *stand.connection().await, descriptor(MonitoringData), columns, rows).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_added_once_and_never_changed() {
    let stand = Stand::new().await;
    let page = [sample("m1", &cpu(10, "2026-11-01T00:00:00Z")), sample("m2", &cpu(20, "2026-11-01T00:05:00Z"))];
    assert_eq!(append(&stand, &page).await, [true, true]);
    let again = [sample("m2", &cpu(99, "2026-11-01T00:05:00Z")), sample("m3", &cpu(30, "2026-11-01T00:10:00Z"))];
    assert_eq!(append(&stand, &again).await, [false, true]);
    let values = "SELECT string_agg(value::text, ' ' ORDER BY recorded_at) FROM monitoring_data";
    assert_eq!(stand.ask(values).await, "10 20 30");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_of_no_server_and_no_subscription_is_one_sample() {
    let stand = Stand::new().await;
    let fields = json!({"metric_type": "uptime", "value": 1, "recorded_at": "2026-11-01T00:00:00Z"});
    assert_eq!(append(&stand, &[sample("m1", &fields), sample("m2", &fields)]).await, [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_from_geniacs_is_not_among_what_goes_there() {
    let stand = Stand::new().await;
    append(&stand, &[sample("m1", &cpu(10, "2026-11-01T00:00:00Z"))]).await;
    stand
        .execute(
            "INSERT INTO monitoring_data (metric_type, value, recorded_at) VALUES ('uptime', 5, '2026-11-02T00:00Z')",
        )
        .await;

    let mut connection = stand.connection().await;
    let selection = Selection { by_change: false, upper: 100, updated_since: None, status: None, deletions: true };
    let target = descriptor(MonitoringData);
    let (stretches, _) = records::cut(&mut connection, target, &selection, (0, 0), 100, 100).await.unwrap();
    let outgoing =
        records::read_stretch(&mut connection, target, COLUMNS.into_iter(), 1, &selection, stretches[0]).await.unwrap();
    let metrics: Vec<Value> = outgoing.iter().map(|row| serde_json::from_str(&row.fields).unwrap()).collect();

    assert_eq!(metrics.len(), 1);
    assert_eq!(metrics[0]["metric_type"], "uptime");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_s_partition_takes_over_what_lay_in_the_default_one() {
    let stand = Stand::new().await;
    append(&stand, &[sample("m1", &cpu(10, "2031-02-28T23:59:59Z")), sample("m2", &cpu(20, "2031-03-01T00:00:00Z"))])
        .await;
    assert_eq!(stand.ask("SELECT count(*) FROM monitoring_data_default").await, "2");
    let ensure = "SELECT ensure_monitoring_partition('2031-02-01')";
    assert_eq!(stand.ask(ensure).await, "true");
    assert_eq!(stand.ask(ensure).await, "false", "it is there");
    assert_eq!(stand.ask("SELECT count(*) FROM monitoring_data_y2031m02").await, "1");
    assert_eq!(stand.ask("SELECT count(*) FROM monitoring_data").await, "2");
}
