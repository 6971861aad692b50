//! What a link knows of pushes beside the versions of fields: when Geniacs took them, and what they have replaced there.

use super::{Version, Versions};
use serde_json::Value;

/// Under this key a link keeps between which moments Geniacs took the last push: `[until, from]`, microseconds since 1970. A
/// third element, `true`, says that this push made the record there, so that it has overwritten nothing. A fourth one holds
/// the same two numbers of some pushes before it, the latest first.
pub const PUSHED: &str = "  pushed";

/// Followed by the name of a Geniacs field, this is the key under which a link keeps what the last push that changed the field
/// at Geniacs has replaced there: `[from, null, values]`.
pub const REPLACED: &str = "  replaced ";

/// By how many microseconds a moment of the partner's and one of ours may be in the wrong order: answers tell the partner's
/// clock in whole seconds, and a difference that may be none counts as none.
const CLOCKS_DIFFER: i64 = 2_000_000;

/// The number that stands for that of an event where a push has given a field its value.
const PUSH: i64 = 0;

impl Versions {
    /// Whether a push of the record was confirmed.
    pub(crate) fn know_of_push(&self) -> bool {
        self.pushed().is_some()
    }

    /// Whether something of this version may be of before the last push, which has sent the whole record since.
    pub fn may_be_overwritten(&self, version: Version) -> bool {
        self.pushed().is_some_and(|(_, until)| is_within(version, (i64::MIN, until)))
    }

    /// Whether something of this version may be the partner's word of the last push itself.
    pub fn may_tell_of_push(&self, version: Version) -> bool {
        self.taken().is_some_and(|taken| is_within(version, taken))
    }

    /// Whether something of this version may be the partner's word of any push that is known.
    pub(crate) fn may_tell_of_any_push(&self, version: Version) -> bool {
        self.all_taken().any(|taken| is_within(version, taken))
    }

    /// Whether a push may have sent the record after `since`, and before something of this version was said.
    pub(crate) fn may_be_pushed_between(&self, since: Version, version: Version) -> bool {
        let is_between = |(from, until)| is_within(version, (from, i64::MAX)) && is_within(since, (i64::MIN, until));
        self.all_taken().any(is_between)
    }

    /// Whether a push has given a field its value.
    pub(crate) fn is_given_by_push(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Version::of_json).is_some_and(|own| own.arrival == PUSH)
    }

    /// What Geniacs had said of a field before a push has replaced it, for whatever may be of before that push.
    pub(crate) fn replaced(&self, name: &str, version: Version) -> &[Value] {
        let noted = self.fields.get(&format!("{REPLACED}{name}"));
        let Some(from) = noted.and_then(|noted| noted.get(0)?.as_i64()) else { return &[] };
        let until = self.taken().filter(|(taken, _)| *taken == from).map_or(from, |(_, until)| until);
        let values = noted.and_then(|noted| noted.get(2)?.as_array()).map_or(&[][..], Vec::as_slice);
        if is_within(version, (i64::MIN, until)) { values } else { &[] }
    }

    /// Whether something of this version may be the partner's word of the push that has given a field its value, or of a later
    /// one that has sent it along.
    pub(crate) fn may_tell_of_push_of(&self, name: &str, version: Version) -> bool {
        let Some((from, until)) = self.taken() else { return false };
        let own = self.fields.get(name).and_then(Version::of_json).filter(|own| own.arrival == PUSH);
        let from = own.map_or(from, |own| own.micros.min(from));
        is_within(version, (from, until))
    }

    /// Between which moments Geniacs took the last push, which may have overwritten something.
    pub(super) fn pushed(&self) -> Option<(i64, i64)> {
        let has_made_it = self.fields.get(PUSHED)?.get(2) == Some(&Value::Bool(true));
        self.taken().filter(|_| !has_made_it)
    }

    /// Between which moments Geniacs took the last push.
    fn taken(&self) -> Option<(i64, i64)> {
        let pushed = self.fields.get(PUSHED)?;
        Some((pushed.get(1)?.as_i64()?, pushed.get(0)?.as_i64()?))
    }

    /// Between which moments Geniacs took the last pushes, the latest first.
    fn all_taken(&self) -> impl Iterator<Item = (i64, i64)> {
        let earlier = self.fields.get(PUSHED).and_then(|pushed| pushed.get(3)?.as_array());
        let numbers = earlier.into_iter().flat_map(|earlier| earlier.chunks_exact(2));
        let earlier = numbers.filter_map(|pair| Some((pair[1].as_i64()?, pair[0].as_i64()?)));
        self.taken().into_iter().chain(earlier)
    }
}

/// Whether something of this version may have been said between two moments of ours.
fn is_within(version: Version, (from, until): (i64, i64)) -> bool {
    version.compare_with_local(from.saturating_sub(CLOCKS_DIFFER)).is_ge()
        && version.compare_with_local(until.saturating_add(CLOCKS_DIFFER)).is_le()
}
