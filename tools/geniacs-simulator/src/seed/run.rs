//! Making many records at once.

use super::SeedItem;
use super::calendar::Calendar;
use super::links::Targets;
use crate::app::App;
use chrono::Utc;
use domain::EntityType;

/// Records made before others get at the stores again.
const AT_ONCE: usize = 5_000;

/// Makes `count` records that only the partner knows, and returns their places.
pub(crate) fn seed_records(app: &App, entity: EntityType, count: usize, seed: u64) -> Vec<u32> {
    let calendar = Calendar::of(Utc::now());
    let mut places = Vec::with_capacity(count);

    while places.len() < count {
        let now = (count - places.len()).min(AT_ONCE);
        let before = places.len();

        // Targets come before what refers to them in the order of dependence.
        let targets = Targets::lock(app, entity);
        let mut store = app.store(entity);

        places.extend(store.seed(now, |number, index| {
            SeedItem { seed, number, calendar, links: &targets.links(index) }.fields(entity)
        }));
        // The store is full.
        if places.len() == before {
            break;
        }
    }

    places
}
