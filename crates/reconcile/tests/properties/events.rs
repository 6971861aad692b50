//! What events come to, in whatever order they arrive.

use crate::world::{NAMES, World, event};
use domain::EntityType;
use mapping::Completeness;
use proptest::prelude::*;
use reconcile::{Incoming, Merging, Version};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000_000;

fn end(entity: EntityType, before: &Value, events: &[Incoming]) -> Value {
    let mut world = World::new(entity, before.clone());
    for event in events {
        world.take(event, Merging::OneWay);
    }
    Value::Object(world.here.local)
}

/// Each event changes some fields, to a value that tells its hour.
fn changes() -> impl Strategy<Value = (Vec<Incoming>, Vec<Incoming>)> {
    let names = prop::sample::subsequence(vec!["customer_name", "town", "remarks"], 1..=3);
    prop::collection::vec(names, 1..8).prop_flat_map(|events| {
        let hours = (1_i64..).zip(&events);
        let in_order: Vec<Incoming> = hours
            .map(|(hour, names)| {
                event(hour * HOUR, names.iter().map(|name| (*name, json!(hour.to_string()))).collect(), json!({}))
            })
            .collect();
        (Just(in_order.clone()), Just(in_order).prop_shuffle())
    })
}

/// What gateways say about a payment, two days apart: words under the mapping, and completions.
fn payments() -> impl Strategy<Value = (Vec<Incoming>, Vec<Incoming>)> {
    let words: Vec<&str> = domain::status::statuses(EntityType::Payments).chain(["completed"]).collect();
    prop::collection::vec(prop::sample::select(words), 1..6).prop_flat_map(|words| {
        let hours = (48_i64..).step_by(48).zip(&words);
        let in_order: Vec<Incoming> = hours
            .map(|(hour, word)| match *word {
                "completed" => event(hour * HOUR, json!({}), json!({"status": "success"})),
                word => event(hour * HOUR, json!({"payment_status": word}), json!({})),
            })
            .collect();

        (Just(in_order.clone()), Just(in_order).prop_shuffle())
    })
}

/// One completion, which tells when it was paid, among listings and events of payments that are still open or have ended
/// without money, two days apart.
fn one_completion() -> impl Strategy<Value = (Vec<Incoming>, Vec<Incoming>)> {
    let words = ["pending", "processing", "failed", "cancelled", "expired"];
    let others = prop::collection::vec((prop::sample::select(words.to_vec()), any::<bool>()), 0..5);
    (others.clone(), others).prop_flat_map(|(before, after)| {
        let others = before.iter().map(Some).chain([None]).chain(after.iter().map(Some));
        let in_order: Vec<Incoming> = (48_i64..)
            .step_by(48)
            .zip(others)
            .map(|(hour, other)| match other {
                None => event(hour * HOUR, json!({}), json!({"status": "success", "paid_at": PAID})),
                Some((word, false)) => event(hour * HOUR, json!({"payment_status": word}), json!({})),
                Some((word, true)) => Incoming {
                    completeness: Completeness::Whole,
                    version: Version::listed(hour * HOUR),
                    ..event(hour * HOUR, json!({"payment_status": word, "method": null}), json!({}))
                },
            })
            .collect();

        (Just(in_order.clone()), Just(in_order).prop_shuffle())
    })
}

const PAID: &str = "2026-01-01T10:00:00Z";

proptest! {
    #[test]
    fn a_late_completion_brings_its_moment_along((in_order, shuffled) in one_completion()) {
        let before = json!({"status": "pending", "payment_method": null, "paid_at": null});
        for events in [&in_order, &shuffled] {
            let after = end(EntityType::Payments, &before, events);
            prop_assert_eq!((&after["status"], &after["paid_at"]), (&json!("success"), &json!(PAID)));
        }
    }

    #[test]
    fn no_interleaving_of_events_loses_the_newer_value((in_order, shuffled) in changes()) {
        let before = json!({"name": "0", "city": "0", "notes": "0"});
        let after = end(EntityType::Customers, &before, &shuffled);
        prop_assert_eq!(&after, &end(EntityType::Customers, &before, &in_order));
        for (column, field) in NAMES {
            let newest = in_order.iter().rev().find_map(|event| event.fields.get(field));
            prop_assert_eq!(&after[column], newest.unwrap_or(&before[column]));
        }
    }

    #[test]
    fn a_payment_comes_to_the_same_status_in_any_order((in_order, shuffled) in payments()) {
        let before = json!({"status": "pending", "payment_method": null});
        let status = |events: &[Incoming]| end(EntityType::Payments, &before, events)["status"].clone();
        prop_assert_eq!(status(&in_order), status(&shuffled));
    }
}

#[test]
fn a_refused_status_drops_that_field_alone() {
    let before = json!({"status": "success", "payment_method": "cash"});
    let late = event(9, json!({"payment_status": "pending", "method": "card"}), json!({}));
    assert_eq!(end(EntityType::Payments, &before, &[late]), json!({"status": "success", "payment_method": "card"}));
}

/// A payment of which Geniacs listed at hour 9 that it is under way, and then the news of its completion at hour 5.
fn completed_late(paid_at: &Value, implied: Value) -> Value {
    let mut world =
        World::new(EntityType::Payments, json!({"status": "pending", "payment_method": null, "paid_at": paid_at}));
    let listed = Incoming {
        completeness: Completeness::Whole,
        version: Version::listed(9 * HOUR),
        ..event(9, json!({"payment_status": "processing", "method": null}), json!({}))
    };

    world.take(&listed, Merging::OneWay);
    world.take(&event(5 * HOUR, json!({}), implied), Merging::OneWay);
    Value::Object(world.here.local)
}

#[test]
fn a_status_that_is_taken_late_brings_what_its_event_implies_where_the_row_has_nothing() {
    let implied = json!({"status": "success", "paid_at": PAID});
    let after = completed_late(&Value::Null, implied.clone());
    assert_eq!((&after["status"], &after["paid_at"]), (&json!("success"), &json!(PAID)));
    let newer = json!("2026-01-02T10:00:00Z");
    assert_eq!(completed_late(&newer, implied)["paid_at"], newer, "what the row has is newer");
}

#[test]
fn a_status_that_is_not_taken_late_brings_nothing() {
    let after = completed_late(&Value::Null, json!({"status": "pending", "paid_at": PAID}));
    assert_eq!((&after["status"], &after["paid_at"]), (&json!("processing"), &Value::Null));
}

#[test]
fn a_later_stage_holds_whatever_the_newest_word_is() {
    let mut world = World::new(EntityType::Payments, json!({"status": "pending", "payment_method": "cash"}));
    world.push(0);
    let paid = world.edit_there(1, "payment_status", "success");
    world.edit_here(2, "status", "processing");
    world.take(&paid, Merging::OneWay);
    assert_eq!(
        world.here.local["status"], "success",
        "money received is not undone by a newer word of an earlier stage"
    );
}
