//! A simulated world: two sides, a partner that differs in everything that the contract leaves open, and the real engine
//! between them, over a real database. One seed is one story, which can be told again.
//!
//! - [`story`]: what happens, as the dice fall, and the quiet at the end; [`syncs`] and [`arrivals`] are what it is told of.
//! - [`provider`], [`partner_people`]: what people do on both sides; [`truth`] remembers it.
//! - [`partner`]: what the partner holds and how it answers, over HTTP on this machine.
//! - [`door`]: the real ingest, through which events come; [`reach`]: what later stories have beside the others.
//! - [`engine`]: real workers and a real scheduler, one step at a time, and how they die.
//! - [`checks`], [`endings`]: what has to hold of both sides in the end, and of the runs.
#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod arrivals;
mod cast;
mod checks;
mod database;
mod dice;
mod door;
mod endings;
mod engine;
mod fields;
mod partner;
mod partner_people;
mod provider;
mod reach;
pub mod seeds;
mod setting;
mod settlement;
mod story;
mod syncs;
mod timeline;
mod truth;
mod world;

pub use checks::Violation;
pub use database::Database;

use std::rc::Rc;
use std::time::{Duration, Instant};

/// What became of a story.
#[derive(Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// What does not hold.
    pub violations: Vec<Violation>,
    /// What happened, line by line.
    pub timeline: Vec<String>,
    /// How long it took to tell.
    pub took: Duration,
}

/// What one story may take; a wait that does not end is a fault, too. The longest stories take 15 s on a machine with nothing
/// else to do. Runs that go round without an end are noticed by the number of their chunks.
const LONGEST: Duration = Duration::from_mins(3);

/// Tells the story of a seed. Within a `LocalSet` of a current-thread runtime.
pub async fn tell(database: &Rc<Database>, seed: u64) -> Report {
    let began = Instant::now();
    let world = world::World::begin(database, seed).await;
    let told = tokio::time::timeout(LONGEST, world.tell_story()).await;
    let violations = told.unwrap_or_else(|_| vec![Violation::of_time(LONGEST)]);
    world.end();
    Report { seed, violations, timeline: world.timeline.take(), took: began.elapsed() }
}

/// Runs `work` as stories have to run: on one thread, which nothing else uses.
pub fn on_one_thread<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, work)
}
