//! One side deletes what the other one changes.

use crate::world::{STEP, World, event};
use domain::integration::ConflictPolicy;
use reconcile::{Decision, Incoming, Merging};
use serde_json::{Value, json};

fn deleted(at: i64) -> Incoming {
    Incoming { deleted: true, ..event(at * STEP, json!({}), json!({})) }
}

fn after(policy: ConflictPolicy, changed_at: i64, deleted_at: i64) -> World {
    let mut world = World::in_step();
    world.policy = policy;
    world.edit_here(changed_at, "name", "here");
    let delete = deleted(deleted_at);
    world.take(&delete, Merging::OneWay);
    world
}

#[test]
fn a_delete_of_what_nobody_changed_is_no_conflict() {
    let mut world = World::in_step();
    let delete = deleted(5);
    world.take(&delete, Merging::BothWays);
    assert!(world.here.deleted && world.conflicts.is_empty());
}

#[test]
fn a_delete_there_against_a_change_here_goes_by_the_policy_and_wins_a_tie() {
    use ConflictPolicy::{Geniacs, Local, Newest};
    for (policy, changed_at, deleted_at, gone) in
        [(Newest, 5, 6, true), (Newest, 5, 5, true), (Newest, 6, 5, false), (Local, 5, 6, false), (Geniacs, 6, 5, true)]
    {
        let mut world = after(policy, changed_at, deleted_at);
        assert_eq!((world.here.deleted, world.conflicts.len()), (gone, 1), "{policy} {changed_at} {deleted_at}");
        if !gone {
            let again = deleted(deleted_at);
            assert!(matches!(world.decide(&again, Merging::OneWay), Decision::Unchanged), "an echo from then on");
            world.there.clear();
            world.push(9);
            assert!(world.is_equal(), "the whole record is sent");
        }
    }

    let held = after(ConflictPolicy::Manual, 5, 6);
    assert!(!held.here.deleted && held.here.conflict.is_some());
}

#[test]
fn a_change_that_won_against_a_deletion_holds_when_the_record_comes_back_and_empties_are_sent_too() {
    let mut world = World::in_step();
    world.edit_here(7, "name", "here");
    world.edit_here(7, "city", Value::Null);

    world.take(&deleted(5), Merging::OneWay);
    let back = event(6 * STEP, json!({"customer_name": "0", "town": "0", "remarks": "0"}), json!({}));
    world.take(&back, Merging::OneWay);
    assert_eq!((&world.here.local["name"], &world.here.local["city"]), (&json!("here"), &Value::Null));

    world.push(9);
    assert!(world.is_equal(), "{:?}", world.there);
}

#[test]
fn a_change_there_against_a_delete_here_goes_by_the_policy_and_loses_a_tie() {
    use ConflictPolicy::{Geniacs, Local, Newest};
    for (policy, deleted_at, changed_at, back) in [
        (Newest, 5, 6, true),
        (Newest, 5, 5, false),
        (Newest, 6, 5, false),
        (Local, 5, 6, false),
        (Geniacs, 6, 5, true),
    ] {
        let mut world = World::in_step();
        world.policy = policy;
        (world.here.deleted, world.here.changed_at) = (true, deleted_at * STEP);

        let event = world.edit_there(changed_at, "customer_name", "there");
        world.take(&event, Merging::OneWay);
        assert_eq!((world.here.deleted, world.conflicts.len()), (!back, 1), "{policy} {deleted_at} {changed_at}");

        world.take(&event, Merging::OneWay);
        assert_eq!(world.conflicts.len(), 1, "once");

        if back {
            assert_eq!(world.here.local["name"], "there");
        }
    }
}

#[test]
fn a_record_that_is_brought_back_keeps_what_was_changed_here_before_it_was_deleted() {
    let mut world = World::in_step();
    world.edit_here(3, "city", "mine");
    (world.here.deleted, world.here.changed_at) = (true, 4 * STEP);
    drop(world.edit_there(6, "customer_name", "there"));

    world.pull(Merging::OneWay);
    assert!(!world.here.deleted);
    assert_eq!((&world.here.local["name"], &world.here.local["city"]), (&json!("there"), &json!("mine")));

    world.push(7);
    assert!(world.is_equal());
    assert_eq!(world.there["town"], "mine");
}

#[test]
fn what_geniacs_said_before_does_not_bring_a_deleted_record_back() {
    let mut world = World::in_step();
    (world.here.deleted, world.here.changed_at) = (true, 5 * STEP);
    world.there_at = 9 * STEP;
    assert!(matches!(world.decide(&world.listed(), Merging::BothWays), Decision::Skipped));
}
