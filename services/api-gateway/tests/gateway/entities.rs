//! The six kinds of record, wherever a caller may name one.

use crate::stand::Stand;
use domain::EntityType;
use serde_json::json;

const TRIGGER: &str = "/api/geniacs/sync/trigger";

#[tokio::test(flavor = "multi_thread")]
async fn every_entity_can_be_pushed_and_pulled() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    for entity in EntityType::ALL {
        for direction in ["to_geniacs", "from_geniacs"] {
            let body =
                json!({"integration_id": id, "entity_type": entity, "sync_type": "full", "sync_direction": direction});
            let answer = stand.post(TRIGGER, &body).await;
            assert_eq!(answer.status, 200, "{entity}: {}", answer.body);
            let estimated = &answer.body["data"]["sync"]["estimated_records"];
            assert_eq!(estimated.is_null(), direction == "from_geniacs", "{entity}: {estimated}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_filtered_by_under_the_entitys_own_name_and_only_one_that_it_can_have() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    for (entity, name, status) in [
        ("customers", "customer_status", "prospect"),
        ("subscriptions", "subscription_status", "expired"),
        ("invoices", "invoice_status", "partially_paid"),
        ("payments", "payment_status", "partial_refund"),
        ("nas_servers", "nas_server_status", "maintenance"),
    ] {
        for name in [name, "status"] {
            let body = |status: &str| json!({"integration_id": id, "entity_type": entity, "filters": {name: status}});
            let answer = stand.post(TRIGGER, &body(status)).await;
            assert_eq!(answer.status, 200, "{entity}: {}", answer.body);
            let refused = stand.post(TRIGGER, &body("asleep")).await;
            assert_eq!(refused.fields(), [format!("filters.{name}")], "{entity}");
        }
    }

    let kept = "SELECT count(*) FROM geniacs_data_sync WHERE data #>> '{filters,status}' = 'partial_refund'";
    assert_eq!(stand.count(kept).await, 2);

    let measurements = json!({"integration_id": id, "entity_type": "monitoring_data", "filters": {"status": "online"}});
    assert_eq!(stand.post(TRIGGER, &measurements).await.fields(), ["filters.status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entity_without_mappings_gets_its_defaults_when_it_is_triggered() {
    let stand = Stand::start_with(&[("GENIACS_DEFAULT_MAPPINGS", "false")]).await;
    let id = stand.integration("Primary").await;
    for entity in EntityType::ALL {
        let mapped = format!("SELECT count(*) FROM geniacs_field_mappings WHERE entity_type = '{entity}'");
        assert_eq!(stand.count(&mapped).await, 0);
        let answer = stand.post(TRIGGER, &json!({"integration_id": id, "entity_type": entity})).await;
        assert_eq!(answer.status, 200, "{entity}: {}", answer.body);
        assert!(stand.count(&mapped).await > 0, "{entity}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_entity_offers_a_secret_to_be_mapped() {
    let stand = Stand::start().await;
    for entity in EntityType::ALL {
        let answer = stand.get(&format!("/api/geniacs/mappings/fields?entity_type={entity}")).await;
        let names: Vec<_> = answer.body["data"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["name"].as_str().unwrap())
            .collect();

        assert!(names.len() > 3, "{entity}: {names:?}");
        for hidden in ["secret", "community", "password", "changed_xid"] {
            assert!(!names.contains(&hidden), "{entity} offers {hidden}");
        }
    }
}
