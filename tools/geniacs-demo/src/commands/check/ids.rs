//! Which ids were met.

use std::collections::BTreeMap;

/// Ids in one block.
const BLOCK: i64 = 64;

/// A set of ids that takes about a bit for each where they lie close together, as ids of a table do.
#[derive(Debug, Default)]
pub(super) struct Ids(BTreeMap<i64, u64>);

impl Ids {
    pub(super) fn insert(&mut self, id: i64) {
        *self.0.entry(id.div_euclid(BLOCK)).or_default() |= bit(id);
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        self.0.get(&id.div_euclid(BLOCK)).is_some_and(|block| block & bit(id) != 0)
    }
}

fn bit(id: i64) -> u64 {
    1 << id.rem_euclid(BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inserted_ids_are_contained() {
        let mut ids = Ids::default();
        let put = [i64::MIN, -65, -64, -1, 0, 1, 63, 64, 1_000_000, i64::MAX];
        for id in put {
            ids.insert(id);
        }
        assert!(put.iter().all(|id| ids.contains(*id)));
        assert!([-66, -2, 2, 62, 65, 999_999].iter().all(|id| !ids.contains(*id)));
    }
}
