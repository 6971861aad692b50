//! What a link keeps: the laws of columns that cannot say what Geniacs says, of cleared values, and of pushes under way.

use crate::world::{NAMES, STEP, World, event};
use mapping::Completeness;
use proptest::prelude::*;
use reconcile::{Incoming, Merging};
use serde_json::{Value, json};

/// Texts longer and shorter than a narrow column, and none.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), "[a-z]{1,8}".prop_map(Value::from)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_column_that_cuts_costs_one_write_and_is_told_once(said in "[a-z]{4,8}", runs in 1..4_usize) {
        let mut world = World::in_step();
        world.width = 3;
        drop(world.edit_there(5, "customer_name", said.clone()));
        for _ in 0..runs {
            world.pull(Merging::BothWays);
            world.push(6);
        }

        prop_assert_eq!((world.writes, world.unheld.len()), ((1, 0), 1));
        prop_assert_eq!(&world.here.local["name"], &json!(said[..3]));
        prop_assert_eq!(&world.there["customer_name"], &json!(said), "the partner's value is not replaced");
    }

    #[test]
    fn an_edit_of_a_column_that_cuts_is_an_edit(said in "[a-z]{4,8}", edited in value(), told_again in any::<bool>()) {
        prop_assume!(edited.as_str().is_none_or(|edited| edited.len() <= 3 && edited != &said[..3]));
        let mut world = World::in_step();
        world.width = 3;
        drop(world.edit_there(5, "customer_name", said));
        world.pull(Merging::BothWays);
        world.edit_here(7, "name", edited.clone());
        if told_again {
            world.pull(Merging::BothWays);
        }
        world.push(8);

        prop_assert_eq!((&world.here.local["name"], &world.there["customer_name"]), (&edited, &edited));
        prop_assert!(world.conflicts.is_empty());
    }

    #[test]
    fn what_is_cleared_on_one_side_is_cleared_on_the_other(n in 0..3_usize, here in any::<bool>(), replaces in any::<bool>()) {
        let mut world = World::in_step();
        world.replaces = replaces;
        let (column, field) = NAMES[n];
        if here {
            world.edit_here(5, column, Value::Null);
        } else {
            drop(world.edit_there(5, field, Value::Null));
        }

        for at in 6..9 {
            world.pull(Merging::BothWays);
            world.push(at);
        }

        prop_assert!(world.here.local[column].is_null() && world.there[field].is_null());
        prop_assert_eq!(world.writes.0 + world.writes.1, 1, "once");
    }

    #[test]
    fn nothing_that_happens_during_a_push_is_lost(
        before in 0..3_usize, during in prop::option::of(0..3_usize), event in prop::option::of(0..3_usize), echo in any::<bool>(),
    ) {
        let mut world = World::in_step();
        world.edit_here(5, NAMES[before].0, "before");
        let request = world.send(5).unwrap();
        world.arrive(&request, 6);

        if let Some(n) = during {
            world.edit_here(7, NAMES[n].0, "during");
        }
        if echo {
            let echo = Incoming { completeness: Completeness::Partial, ..world.listed() };
            world.take(&echo, Merging::OneWay);
        }
        if let Some(n) = event {
            let event = world.edit_there(8, NAMES[n].1, "event");
            world.take(&event, Merging::OneWay);
        }

        world.confirm(&request, 9);
        for at in 10..12 {
            world.push(at);
            world.pull(Merging::BothWays);
        }

        prop_assert!(world.is_equal(), "{:?} {:?}", world.here, world.there);
        for (n, (column, _)) in NAMES.iter().enumerate().take(3) {
            let expected = match (event == Some(n), during == Some(n), before == n) {
                (true, ..) => "event",
                (_, true, _) => "during",
                (_, _, true) => "before",
                _ => "0",
            };
            prop_assert_eq!(&world.here.local[*column], expected);
        }
    }
}

#[test]
fn an_event_that_arrived_before_a_listing_of_its_own_moment_does_not_undo_what_that_showed() {
    let mut world = World::in_step();
    world.edit_there(5, "town", "listed");
    world.take(&Incoming { asked_at: Some(10), ..world.listed() }, Merging::OneWay);
    world.here.synced_at = 10;

    let told = |town: &str, arrived_at| Incoming {
        arrived_at: Some(arrived_at),
        ..event(5 * STEP, json!({"town": town}), json!({}))
    };
    world.take(&told("before", 8), Merging::OneWay);
    assert_eq!(world.here.local["city"], "listed");

    world.take(&told("after", 12), Merging::OneWay);
    assert_eq!(world.here.local["city"], "after");
}
