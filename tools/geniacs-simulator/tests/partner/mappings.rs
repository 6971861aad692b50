//! Seeded records under the default mappings: an operator who tries them offline begins with records that all pass.

use crate::partner::Partner;
use domain::EntityType;
use mapping::{Completeness, Context, Plan, References, default_mappings};
use serde_json::{Map, Value, json};

/// The Geniacs ids and fields of all records.
async fn records(partner: &Partner, entity: EntityType) -> Vec<(String, Map<String, Value>)> {
    let dump = partner.look(&format!("/records/{entity}?limit=50000")).await;
    let record =
        |record: &Value| (record["id"].as_str().unwrap().to_owned(), record["fields"].as_object().unwrap().clone());
    dump["records"].as_array().unwrap().iter().map(record).collect()
}

async fn links(partner: &Partner) -> References {
    let mut links = References::default();
    for entity in EntityType::ALL {
        for (local_id, (id, _)) in (1..).zip(records(partner, *entity).await) {
            links.insert(*entity, local_id, &id);
        }
    }
    links
}

#[tokio::test]
async fn every_seeded_record_passes_the_default_mappings_and_comes_back_unchanged() {
    let partner = Partner::start();
    partner.order("/seed/all", json!({"customers": 150})).await;
    let links = links(&partner).await;

    for entity in EntityType::ALL {
        let mappings = default_mappings(*entity);
        let plan = Plan::compile(*entity, &mappings, &Context::default()).unwrap();
        for (id, fields) in records(&partner, *entity).await {
            let pulled = plan.pull(&fields, &links);
            assert_eq!((pulled.errors, pulled.warnings), (Vec::new(), Vec::new()), "{id}");

            let again = plan.patch(&pulled.fields, &fields, Completeness::Whole, &links);
            assert_eq!(again.columns(), Map::new(), "{id}");

            let absent: Vec<_> = mappings.iter().filter(|m| !fields.contains_key(&m.geniacs_field)).collect();
            assert!(absent.is_empty(), "{id} has nothing for {absent:?}");
        }
    }
}
