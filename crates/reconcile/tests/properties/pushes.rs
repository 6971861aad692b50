//! Pushes of whole records, beside edits that are told late.

use crate::world::{NAMES, Request, World};
use mapping::Completeness;
use proptest::prelude::*;
use reconcile::{Incoming, Merging};

/// What happens to a record of which one side edits the first field and the other side the second one.
#[derive(Debug, Clone, Copy)]
enum Step {
    Here,
    There,
    /// One of the events that are under way arrives.
    Told(usize),
    /// A request is sent, and Geniacs takes it.
    Send,
    /// Its answer arrives.
    Answer,
    Pull,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Here),
        3 => Just(Step::There),
        3 => (0..4_usize).prop_map(Step::Told),
        3 => Just(Step::Send),
        3 => Just(Step::Answer),
        1 => Just(Step::Pull),
    ];
    prop::collection::vec(step, 1..18)
}

/// A story of one record, one step a second.
struct Story {
    world: World,
    /// Whether Geniacs tells of what is pushed to it.
    echoes: bool,
    request: Option<Request>,
    events: Vec<Incoming>,
    /// Whether an edit there undoes the one before it.
    undoes: bool,
    last_here: i64,
    last_there: i64,
}

impl Story {
    fn take(&mut self, at: i64, step: Step) {
        let Self { world, events, undoes, .. } = self;
        match step {
            Step::Here => {
                world.edit_here(at, NAMES[0].0, at.to_string());
                self.last_here = at;
            }
            // What undoes an edit while a request is under way may as well be the request's own echo.
            Step::There if *undoes && self.request.is_some() => {}
            Step::There => {
                let value = if *undoes { i64::from(world.there[NAMES[1].1] == "0") } else { at };
                let event = world.edit_there(at, NAMES[1].1, value.to_string());
                events.push(Incoming { only_changes: true, ..event });
                self.last_there = value;
            }
            Step::Told(_) if events.is_empty() || (*undoes && self.request.is_some()) => {}
            Step::Told(n) => {
                let event = events.remove(n % events.len());
                world.take(&event, Merging::OneWay);
            }
            // A pull that begins before the answer is another process's; its records are asked for after what is known.
            Step::Send | Step::Pull if self.request.is_some() => {}
            Step::Send => self.send(at),
            Step::Answer => {
                if let Some(request) = self.request.take() {
                    world.confirm(&request, at);
                }
            }
            Step::Pull => world.pull(Merging::OneWay),
        }
    }

    fn send(&mut self, at: i64) {
        let Some(request) = self.world.send(at) else { return };
        self.world.arrive(&request, at);
        if self.echoes {
            let echo = Incoming { completeness: Completeness::Partial, ..self.world.listed() };
            self.events.push(Incoming { version: reconcile::Version::event(self.world.there_at, at), ..echo });
        }
        self.request = Some(request);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn a_push_loses_no_edit_there_of_a_field_that_it_only_sends_along(
        steps in steps(), replaces in any::<bool>(), echoes in any::<bool>(), undoes in any::<bool>(),
    ) {
        let mut world = World::in_step();
        world.replaces = replaces;
        let mut story = Story { world, echoes, request: None, events: Vec::new(), undoes, last_here: 0, last_there: 0 };
        for (at, step) in (1_i64..).zip(steps) {
            story.take(at, step);
        }

        story.take(50, Step::Answer);
        for at in 51..90 {
            story.take(at, Step::Told(0));
        }
        for at in 90..92 {
            story.world.push(at);
        }

        let Story { world, last_here, last_there, .. } = story;
        prop_assert!(world.is_equal(), "{:?} {:?}", world.here, world.there);
        for ((column, _), last) in NAMES.iter().zip([last_here, last_there]) {
            prop_assert_eq!(&world.here.local[*column], &last.to_string());
        }
        prop_assert!(world.conflicts.is_empty());
    }
}
