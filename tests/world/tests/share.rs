//! The stories that every run of the tests tells again.

use std::rc::Rc;
use std::time::{Duration, Instant};
use world::{Database, on_one_thread, seeds, tell};

/// What each part of the share may take. Stories that are left over on a slow machine are left for the long form.
const LONGEST: Duration = Duration::from_mins(1);

#[test]
fn both_sides_are_equal_in_the_end_of_every_story_of_customers() {
    every_story_ends_well(0..30);
}

#[test]
fn both_sides_are_equal_in_the_end_of_more_stories_of_customers() {
    every_story_ends_well(30..60);
}

#[test]
fn both_sides_are_equal_in_the_end_of_every_story_of_other_records_and_settlements() {
    every_story_ends_well((300..310).chain(200..220));
}

fn every_story_ends_well(seeds: impl Iterator<Item = u64>) {
    let known = seeds::known();
    let began = Instant::now();
    let failed: Vec<String> = on_one_thread(async {
        let database = Rc::new(Database::create().await);
        let mut failed = Vec::new();

        for seed in seeds.filter(|seed| !known.contains(seed)) {
            if began.elapsed() > LONGEST {
                break;
            }

            let report = tell(&database, seed).await;
            if !report.violations.is_empty() {
                failed.push(format!("{}\nseed {seed}: {:#?}", report.timeline.join("\n"), report.violations));
            }
        }
        failed
    });

    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
