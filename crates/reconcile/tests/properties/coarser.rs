//! A partner that keeps less of a text than it is sent.

use crate::world::{Request, World};
use mapping::Completeness;
use proptest::prelude::*;
use reconcile::{Incoming, Merging, Version};
use serde_json::json;

/// Characters that the partner keeps.
const WIDTH: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The name is edited here.
    Name,
    /// Another field is.
    City,
    Send,
    Answer,
    /// One of the partner's echoes arrives.
    Told(usize),
    Pull,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Name),
        2 => Just(Step::City),
        3 => Just(Step::Send),
        3 => Just(Step::Answer),
        3 => (0..4_usize).prop_map(Step::Told),
        2 => Just(Step::Pull),
    ];
    prop::collection::vec(step, 1..18)
}

struct Story {
    world: World,
    request: Option<Request>,
    echoes: Vec<Incoming>,
    name: String,
}

impl Story {
    fn take(&mut self, at: i64, step: Step) {
        let world = &mut self.world;
        match step {
            Step::Name => {
                self.name = format!("{at} and more than is kept");
                // A long transaction is committed much later than the time that its rows show.
                world.edit_here(at - 3, "name", self.name.clone());
            }
            Step::City => world.edit_here(at, "city", at.to_string()),
            Step::Send | Step::Pull if self.request.is_some() => {}
            Step::Send => self.request = self.send(at),
            Step::Answer => {
                if let Some(request) = self.request.take() {
                    world.confirm(&request, at);
                }
            }
            Step::Told(_) if self.echoes.is_empty() => {}
            Step::Told(n) => {
                let echo = self.echoes.remove(n % self.echoes.len());
                world.take(&echo, Merging::OneWay);
            }
            Step::Pull => world.pull(Merging::OneWay),
        }
    }

    fn send(&mut self, at: i64) -> Option<Request> {
        let world = &mut self.world;
        let request = world.send(at)?;
        world.arrive(&request, at);
        for value in world.there.values_mut() {
            *value = json!(value.as_str().unwrap_or_default().chars().take(WIDTH).collect::<String>());
        }

        let echo = Incoming { completeness: Completeness::Partial, ..world.listed() };
        self.echoes.push(Incoming { version: Version::event(at, at), ..echo });
        Some(request)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn what_a_partner_cuts_off_is_no_edit_there_and_replaces_nothing_here(steps in steps()) {
        let (world, name) = (World::in_step(), "0".to_owned());
        let mut story = Story { world, request: None, echoes: Vec::new(), name };
        for (at, step) in (10_i64..).zip(steps) {
            story.take(at, step);
        }

        story.take(50, Step::Answer);
        for at in 51..70 {
            story.take(at, Step::Told(0));
        }
        for at in [70, 80] {
            story.world.push(at);
            story.take(at + 1, Step::Pull);
        }
        let Story { mut world, name, .. } = story;
        prop_assert_eq!(&world.here.local["name"], &json!(name));
        prop_assert!(world.conflicts.is_empty(), "{:?}", world.conflicts);

        let before = world.writes;
        world.push(90);
        world.pull(Merging::OneWay);
        prop_assert_eq!(world.writes, before, "nothing goes round in circles");
    }
}
