//! Both sides write.

use crate::world::{NAMES, World, canonical};
use domain::conflict::Resolution;
use domain::integration::ConflictPolicy;
use proptest::prelude::*;
use reconcile::{Incoming, Merging, Ruling, Winner};
use serde_json::{Map, Value, json};

const POLICIES: [ConflictPolicy; 3] = [ConflictPolicy::Newest, ConflictPolicy::Local, ConflictPolicy::Geniacs];

fn policy() -> impl Strategy<Value = ConflictPolicy> {
    prop::sample::select(POLICIES.to_vec())
}

/// What happens to a record, step by step.
#[derive(Debug, Clone, Copy)]
enum Step {
    Here(usize),
    There(usize),
    /// The event that waits longest arrives.
    Arrives,
    Pull,
    Push,
}

fn steps(fields: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..fields).prop_map(Step::Here),
        3 => (0..fields).prop_map(Step::There),
        3 => Just(Step::Arrives),
        1 => Just(Step::Pull),
        2 => Just(Step::Push),
    ];
    prop::collection::vec(step, 1..14)
}

/// Takes the steps, one a second; tells when each field was last written, and what to, by either side.
fn walk(world: &mut World, steps: &[Step]) -> Vec<Option<String>> {
    let mut last: Vec<Option<String>> = vec![None; NAMES.len()];
    let mut waiting: Vec<Incoming> = Vec::new();

    for (at, step) in (1_i64..).zip(steps) {
        match step {
            Step::Here(n) => {
                world.edit_here(at, NAMES[*n].0, at.to_string());
                last[*n] = Some(at.to_string());
            }
            Step::There(n) => {
                waiting.push(world.edit_there(at, NAMES[*n].1, at.to_string()));
                last[*n] = Some(at.to_string());
            }
            Step::Arrives if waiting.is_empty() => {}
            Step::Arrives => {
                let event = waiting.remove(0);
                world.take(&event, Merging::OneWay);
            }
            Step::Pull => world.pull(Merging::OneWay),
            Step::Push => world.push(at),
        }
    }

    for event in waiting {
        world.take(&event, Merging::OneWay);
    }

    last
}

/// What a bidirectional run does.
fn round(world: &mut World, at: i64) {
    world.pull(Merging::BothWays);
    world.push(at);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_same_record_gets_the_same_decision(steps in steps(3), policy in policy()) {
        let mut world = World::in_step();
        world.policy = policy;
        walk(&mut world, &steps);
        for merging in [Merging::OneWay, Merging::BothWays] {
            let decide = || format!("{:?}", world.decide(&world.listed(), merging));
            prop_assert_eq!(decide(), decide());
        }
    }

    #[test]
    fn without_a_conflict_both_sides_converge_in_one_round(sides in prop::collection::vec(0..3_usize, 3), policy in policy()) {
        let mut world = World::in_step();
        world.policy = policy;

        for ((column, field), side) in NAMES.into_iter().zip(&sides) {
            match side {
                1 => world.edit_here(5, column, "here"),
                2 => drop(world.edit_there(5, field, "there")),
                _ => {}
            }
        }

        round(&mut world, 9);
        prop_assert!(world.is_equal() && world.conflicts.is_empty());

        for ((column, _), side) in NAMES.into_iter().zip(&sides) {
            prop_assert_eq!(&world.here.local[column], ["0", "here", "there"][*side]);
        }
    }

    #[test]
    fn an_echo_changes_nothing(steps in steps(3), later in 0..4_usize) {
        let mut world = World::in_step();
        walk(&mut world, &steps);
        round(&mut world, 50);
        let echo = world.listed();
        if let Some((column, _)) = NAMES.get(later) {
            world.edit_here(60, column, "later");
        }

        let (before, writes, conflicts) = (world.here.local.clone(), world.writes, world.conflicts.len());
        for merging in [Merging::OneWay, Merging::BothWays] {
            world.take(&echo, merging);
            let event = Incoming { completeness: mapping::Completeness::Partial, ..echo.clone() };
            world.take(&event, merging);
        }

        prop_assert_eq!(&world.here.local, &before);
        prop_assert_eq!((world.writes, world.conflicts.len()), (writes, conflicts));
    }

    #[test]
    fn any_history_converges_and_then_nothing_is_written_any_more(steps in steps(3), policy in policy()) {
        let mut world = World::in_step();
        world.policy = policy;
        walk(&mut world, &steps);
        round(&mut world, 50);
        prop_assert!(world.is_equal(), "{:?} {:?}", world.here, world.there);
        let writes = world.writes;
        round(&mut world, 60);
        prop_assert_eq!(world.writes, writes, "no ping-pong");
    }

    // A push is preceded by a pull, as in a bidirectional run: a partner that keeps no versions is overwritten blindly
    // otherwise.
    #[test]
    fn no_interleaving_of_two_writers_loses_the_newer_value(steps in steps(1)) {
        let mut world = World::in_step();
        let pulled = |step: &Step| if matches!(step, Step::Push) { vec![Step::Pull, Step::Push] } else { vec![*step] };
        let last = walk(&mut world, &steps.iter().flat_map(pulled).collect::<Vec<_>>());
        round(&mut world, 50);
        if let Some(newest) = &last[0] {
            prop_assert_eq!(&world.here.local["name"], newest);
            prop_assert_eq!(&world.there["customer_name"], newest);
        }
    }

    #[test]
    fn manual_changes_nothing_of_that_record_until_it_is_resolved(n in 0..3_usize, other in 0..3_usize, merge in any::<bool>(), local in any::<bool>()) {
        let mut world = World::in_step();
        world.policy = ConflictPolicy::Manual;
        world.edit_here(5, NAMES[n].0, "here");
        let event = world.edit_there(6, NAMES[n].1, "there");
        if other != n {
            drop(world.edit_there(6, NAMES[other].1, "also there"));
        }

        let before = (world.here.local.clone(), world.there.clone(), world.here.agreed.clone());
        world.take(&event, Merging::OneWay);
        round(&mut world, 7);
        let after = (world.here.local.clone(), world.there.clone(), world.here.agreed.clone());
        prop_assert_eq!(after, before);

        let winner = if local { "local" } else { "geniacs" };
        let resolution = match (merge, local) {
            (true, _) => Resolution::Merge,
            (false, true) => Resolution::Local,
            (false, false) => Resolution::Geniacs,
        };

        let fields = Map::from_iter([(NAMES[n].0.to_owned(), json!(winner))]);
        let conflict = world.here.conflict.as_mut().unwrap();
        conflict.ruling = Some(Ruling { resolution, fields });
        round(&mut world, 8);

        prop_assert!(world.is_equal() && world.here.conflict.is_none());
        prop_assert_eq!(&world.here.local[NAMES[n].0], if local { "here" } else { "there" });
    }
}

#[test]
fn one_conflict_is_met_once_and_costs_two_writes_at_most() {
    for (policy, name) in POLICIES.into_iter().zip(["there", "here", "there"]) {
        let mut world = World::in_step();
        world.policy = policy;
        world.edit_here(5, "name", "here");
        let event = world.edit_there(6, "customer_name", "there");

        world.take(&event, Merging::OneWay);
        world.take(&event, Merging::OneWay);
        world.pull(Merging::OneWay);
        round(&mut world, 7);
        round(&mut world, 8);

        assert!(world.is_equal(), "{policy}");
        assert_eq!(world.here.local["name"], name, "{policy}");
        assert_eq!(world.conflicts.len(), 1, "{policy}");
        assert!(world.writes.0 + world.writes.1 <= 2, "{policy}: {:?}", world.writes);
    }
}

#[test]
fn a_tie_goes_to_geniacs() {
    let mut world = World::in_step();
    world.edit_here(5, "name", "here");
    let event = world.edit_there(5, "customer_name", "there");
    world.take(&event, Merging::OneWay);
    assert_eq!(world.conflicts[0].fields[0].winner, Some(Winner::Geniacs));
    assert_eq!(world.here.local["name"], "there");
}

#[test]
fn without_a_base_differing_fields_are_conflicts_only_where_both_sides_are_merged() {
    for (merging, conflicts) in [(Merging::OneWay, 0), (Merging::BothWays, 1)] {
        let mut world = World::in_step();
        world.here.agreed = None;
        drop(world.edit_there(5, "customer_name", "there"));
        world.pull(merging);
        assert_eq!((world.conflicts.len(), &world.here.local["name"]), (conflicts, &json!("there")), "{merging:?}");
    }
}

#[test]
fn some_fields_do_not_speak_for_a_record_about_which_nothing_was_agreed() {
    let mut world = World::in_step();
    world.here.agreed = None;
    let event = world.edit_there(5, "customer_name", "there");
    world.take(&event, Merging::OneWay);
    assert_eq!(world.here.agreed, None, "the next push sends the whole record");
}

#[test]
fn a_value_that_a_person_chose_goes_to_both_sides() {
    let mut world = World::in_step();
    world.policy = ConflictPolicy::Manual;
    world.edit_here(5, "name", "here");
    drop(world.edit_there(6, "customer_name", "there"));
    world.pull(Merging::BothWays);

    let fields = json!({"name": {"value": "neither"}}).as_object().cloned().unwrap();
    world.here.conflict.as_mut().unwrap().ruling = Some(Ruling { resolution: Resolution::Merge, fields });
    round(&mut world, 7);

    assert!(world.is_equal());
    assert_eq!((&world.here.local["name"], &world.there["customer_name"]), (&json!("neither"), &json!("neither")));
}

#[test]
fn an_agreement_is_what_geniacs_said_where_the_provider_won() {
    let mut world = World::in_step();
    world.policy = ConflictPolicy::Local;
    world.edit_here(5, "name", "here");
    let event = world.edit_there(6, "customer_name", "there");
    world.take(&event, Merging::OneWay);
    let said: Value = json!({"customer_name": "there", "town": "0", "remarks": "0"});
    assert_eq!(world.here.agreed, Some(canonical(said.as_object().unwrap())));
}
