//! Listings that are not what they seem.

use crate::partner::Partner;
use serde_json::json;

/// Each page of a walk as the number of its records; it ends at a cursor that was there before, with an `again`.
async fn walk(partner: &Partner, limit: usize) -> (Vec<usize>, bool) {
    let (mut sizes, mut cursors, mut target) = (Vec::new(), Vec::new(), format!("/customers?limit={limit}"));
    loop {
        let (status, page) = partner.get(&target).await;
        assert_eq!(status, 200, "{page}");
        sizes.push(page["data"].as_array().unwrap().len());

        let Some(cursor) = page["next_cursor"].as_str().map(str::to_owned) else { return (sizes, false) };
        if cursors.contains(&cursor) {
            return (sizes, true);
        }
        target = format!("/customers?limit={limit}&cursor={cursor}");
        cursors.push(cursor);
    }
}

async fn seeded(count: usize, faults: serde_json::Value) -> Partner {
    let partner = Partner::start();
    partner.order("/seed", json!({"entity": "customers", "count": count})).await;
    partner.order("/faults", faults).await;
    partner
}

#[tokio::test]
async fn each_lie_shows_itself_in_a_walk() {
    let cases = [
        ("honest", vec![4, 4, 2], false),
        ("repeated_cursor", vec![4, 4], true),
        ("looping_cursor", vec![4, 4, 2, 4], true),
        ("shrunk", vec![4, 1], false),
        ("empty", vec![0], false),
        ("ends_early", vec![4], false),
    ];

    for (lie, sizes, again) in cases {
        let partner = seeded(10, json!({"listings": [lie]})).await;
        assert_eq!(walk(&partner, 4).await, (sizes, again), "{lie}");
    }
}

#[tokio::test]
async fn a_listing_of_one_page_runs_in_circles_as_well() {
    for lie in ["repeated_cursor", "looping_cursor"] {
        let partner = seeded(3, json!({"listings": [lie]})).await;
        assert!(walk(&partner, 10).await.1, "{lie}");
    }
}

#[tokio::test]
async fn lies_come_in_turn_walk_by_walk_and_entity_by_entity() {
    let partner = seeded(4, json!({"listings": ["honest", "empty"]})).await;
    for size in [4, 0, 4] {
        assert_eq!(walk(&partner, 10).await.0, [size]);
        partner.get("/invoices").await;
    }

    partner.order("/faults", json!({"listings": null})).await;
    assert_eq!(walk(&partner, 10).await.0, [4]);

    partner.order("/faults", json!({"listings": ["empty", "honest"]})).await;
    assert_eq!(walk(&partner, 10).await.0, [0], "a new list begins with its first");
}

#[tokio::test]
async fn a_page_may_be_empty_go_on_and_repeat_a_record() {
    let partner = seeded(10, json!({"odd_pages": true})).await;
    let (sizes, again) = walk(&partner, 4).await;
    assert_eq!((sizes, again), (vec![0, 5, 5, 2], false), "one more than asked for, the last one of the page before");
    assert_eq!(partner.get("/customers?external_id=1").await.1["data"], json!([]), "a look-up is not a walk");
}

#[tokio::test]
async fn a_cursor_of_somebody_elses_is_refused() {
    let partner = seeded(1, json!({})).await;
    assert_eq!(partner.get("/customers?cursor=abc").await.0, 400);
    assert_eq!(partner.get("/customers?limit=0").await.0, 400);
    assert_eq!(partner.get("/customers?updated_since=yesterday").await.0, 400);
}
