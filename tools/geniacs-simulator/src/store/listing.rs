//! Listing records in the order of their last change.

use super::Store;
use crate::faults::{Lie, ListBy};
use std::fmt;
use std::ops::Bound;
use std::str::FromStr;

/// A place in the listing. Other sides must not read anything into its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    moment: i64,
    place: u32,
    /// How the walk goes that the cursor belongs to.
    pub(crate) lie: Lie,
}

impl Cursor {
    /// Before every record.
    pub(crate) const fn start(lie: Lie) -> Self {
        Self { moment: i64::MIN, place: 0, lie }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:08x}{:x}", self.moment, self.place, self.lie.number())
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (moment, rest) = text.is_ascii().then(|| text.split_at_checked(16)).flatten().ok_or(())?;
        let (place, lie) = rest.split_at_checked(8).ok_or(())?;
        let lie = u8::from_str_radix(lie, 16).ok().and_then(Lie::of_number).ok_or(())?;
        let moment = u64::from_str_radix(moment, 16).map_err(|_| ())?.cast_signed();
        Ok(Self { moment, place: u32::from_str_radix(place, 16).map_err(|_| ())?, lie })
    }
}

/// The part of the listing that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing {
    pub(crate) after: Option<Cursor>,
    /// Microseconds of Unix time, inclusive.
    pub(crate) since: Option<i64>,
    pub(crate) limit: usize,
    /// Leave out deleted records instead of showing their traces.
    pub(crate) hide_deleted: bool,
    /// Begin with the last record of the page before, as partners may.
    pub(crate) repeat_last: bool,
    /// How this walk lies.
    pub(crate) lie: Lie,
    /// The order.
    pub(crate) by: ListBy,
}

impl Listing {
    /// The next cursor as the walk tells it.
    fn told(&self, next: Option<Cursor>) -> Option<Cursor> {
        let start = Cursor::start(self.lie);
        match self.lie {
            Lie::Honest | Lie::Shrunk => next,
            Lie::Empty | Lie::EndsEarly => None,
            Lie::LoopingCursor => next.or(Some(start)),
            Lie::RepeatedCursor => self.after.or(next).or(Some(start)),
        }
    }
}

impl Store {
    /// A page as JSON.
    pub(crate) fn page(&self, listing: &Listing) -> String {
        let since = listing.since.map_or(Bound::Unbounded, |since| Bound::Included((since, 0)));
        let start = match listing.after {
            Some(after) if listing.repeat_last => Bound::Included((after.moment, after.place)),
            Some(after) => Bound::Excluded((after.moment, after.place)),
            None => since,
        };
        let start = later_bound(start, since);

        let hidden = |place: u32| match listing.lie {
            Lie::Empty => true,
            Lie::Shrunk => place % 2 == 1,
            _ => listing.hide_deleted && self.slot(place).deleted,
        };

        let (places, more) = match listing.by {
            ListBy::Time => {
                let mut shown = self.order.range((start, Bound::Unbounded)).filter(|(_, place)| !hidden(*place));
                let places: Vec<_> = shown.by_ref().take(listing.limit).copied().collect();
                (places, shown.next().is_some())
            }

            by => {
                let mut shown: Vec<_> =
                    self.order.range((since, Bound::Unbounded)).filter(|(_, place)| !hidden(*place)).copied().collect();

                shown.sort_unstable_by_key(|(_, place)| turn_of(by, *place));
                let repeated = usize::from(listing.repeat_last);
                let passed = listing.after.filter(|after| after.moment != i64::MIN).map_or(0, |after| {
                    shown
                        .partition_point(|(_, place)| turn_of(by, *place) <= turn_of(by, after.place))
                        .saturating_sub(repeated)
                });

                let rest = &shown[passed..];
                (rest[..rest.len().min(listing.limit)].to_vec(), rest.len() > listing.limit)
            }
        };

        let next = places.last().filter(|_| more);
        let next = listing.told(next.map(|&(moment, place)| Cursor { moment, place, lie: listing.lie }));
        self.page_of(places.into_iter().map(|(_, place)| place), next)
    }

    /// The records with these `external_id`s, as one page.
    pub(crate) fn page_of_external(&self, external_ids: &[&str], hide_deleted: bool) -> String {
        let found = external_ids.iter().filter_map(|id| self.find_external(id));
        self.page_of(found.filter(|place| !(hide_deleted && self.slot(*place).deleted)), None)
    }

    fn page_of(&self, places: impl Iterator<Item = u32>, next: Option<Cursor>) -> String {
        let mut out = String::with_capacity(32 * 1024);
        out.push_str(r#"{"data":["#);

        for (index, place) in places.enumerate() {
            out.push_str(if index == 0 { "" } else { "," });
            self.write_record(place, &mut out);
        }

        out.push_str(r#"],"next_cursor":"#);
        out.push_str(&next.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\"")));
        out.push('}');
        out
    }
}

/// When a record's turn comes in a listing that does not go by time.
fn turn_of(by: ListBy, place: u32) -> u32 {
    // An odd factor sends each number to another one.
    if by == ListBy::Id { place } else { place.wrapping_mul(2_654_435_761) }
}

fn later_bound(one: Bound<(i64, u32)>, other: Bound<(i64, u32)>) -> Bound<(i64, u32)> {
    let key = |bound| match bound {
        Bound::Included(key) | Bound::Excluded(key) => Some(key),
        Bound::Unbounded => None,
    };
    if key(one) >= key(other) { one } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use domain::EntityType;
    use serde_json::{Map, Value};

    fn whole(limit: usize) -> Listing {
        let lie = Lie::Honest;
        Listing { after: None, since: None, limit, hide_deleted: false, repeat_last: false, lie, by: ListBy::Time }
    }

    fn pages(store: &Store, limit: usize, repeat_last: bool) -> Vec<String> {
        let mut listing = Listing { repeat_last, ..whole(limit) };
        let mut ids = Vec::new();
        loop {
            let page: Value = serde_json::from_str(&store.page(&listing)).unwrap();
            ids.extend(page["data"].as_array().unwrap().iter().map(|r| r["customer_id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { return ids };
            listing.after = Some(cursor.parse().unwrap());
        }
    }

    #[test]
    fn pages_show_every_record_once_in_the_order_of_change() {
        let mut store = Store::new(EntityType::Customers);
        store.seed(7, |_, _| Map::new());
        store.edit(1, &mut Random::new(1));
        let expected = ["cust_1", "cust_3", "cust_4", "cust_5", "cust_6", "cust_7", "cust_2"];
        for limit in [1, 2, 7, 100] {
            assert_eq!(pages(&store, limit, false), expected);
        }
        assert_eq!(pages(&store, 3, true).len(), 7 + 2, "the last record of each page but the final one comes again");
    }

    #[test]
    fn updated_since_is_inclusive() {
        let mut store = Store::new(EntityType::Customers);
        store.seed(3, |_, _| Map::new());
        let listing = Listing { since: Some(store.slot(1).updated_at), ..whole(10) };
        let page: Value = serde_json::from_str(&store.page(&listing)).unwrap();
        assert_eq!(page["data"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_cursor_survives_its_text_and_rubbish_is_refused() {
        let cursor = Cursor { moment: 1_700_000_000_000_000, place: 42, lie: Lie::Shrunk };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!(Cursor::start(Lie::Empty).to_string().parse(), Ok(Cursor::start(Lie::Empty)));
        for rubbish in ["", "x", "é".repeat(12).as_str(), "00000000000000000000000g0", "0000000000000000000000009"] {
            assert_eq!(rubbish.parse::<Cursor>(), Err(()), "{rubbish}");
        }
    }
}
