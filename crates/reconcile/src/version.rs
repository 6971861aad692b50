//! How new a value is: the partner's time on our clock, then the order of arrival. An older value never replaces a newer
//! one. Times are compared as precisely as the coarser one of the two was told; where that does not tell which is the
//! later, the one that arrived later wins, and the finer time is kept.

mod pushes;

pub use pushes::{PUSHED, REPLACED};

use domain::{Moment, Precision};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// Keys that no field has: names of Geniacs fields do not begin with a space, and those of columns without a field begin
/// with one.
const RECORD: &str = "  record";
const DELETION: &str = "  deletion";
/// When Geniacs was last seen to have the record, where that does not make its fields any newer.
const LIVED: &str = "  lived";
/// The name of no field: what is said of the record as a whole.
pub(crate) const WHOLE: &str = "";

/// When something was so at the partner, on our clock, and the number of the event that told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Microseconds since 1970.
    pub micros: i64,
    /// How precisely the time was told.
    pub precision: Precision,
    /// The number of the event; the highest of all for a listing; the number below zero for a record's creation.
    pub arrival: i64,
}

impl Version {
    /// The version of an event's values.
    pub const fn event(micros: i64, arrival: i64) -> Self {
        Self { micros, precision: Precision::Microsecond, arrival }
    }

    /// The version of a listed record: what a listing shows at a moment is how that moment ended.
    pub const fn listed(micros: i64) -> Self {
        Self::event(micros, i64::MAX)
    }

    /// The version of values that an event told about this moment.
    pub const fn event_at(moment: Moment, arrival: i64) -> Self {
        Self { micros: moment.micros, precision: moment.precision, arrival }
    }

    /// The version of the values with which a record was made. All else that is told of that moment came later, so that the
    /// number is below those of all others.
    pub const fn creation_at(moment: Moment, arrival: i64) -> Self {
        Self::event_at(moment, -arrival)
    }

    /// Whether it is of values with which a record was made.
    pub(crate) const fn is_creation(self) -> bool {
        self.arrival < 0
    }

    /// The number of the event that told it; none for a listing.
    pub const fn event_number(self) -> Option<i64> {
        if self.arrival == i64::MAX { None } else { Some(self.arrival.abs()) }
    }

    /// The version of a record that a listing told about this moment.
    pub const fn listed_at(moment: Moment) -> Self {
        Self::event_at(moment, i64::MAX)
    }

    /// The moment alone.
    pub const fn moment(self) -> Moment {
        Moment { micros: self.micros, precision: self.precision }
    }

    /// Whether this may take the place of another one: it is later, or as late and did not arrive before it.
    pub fn replaces(self, other: Self) -> bool {
        match self.moment().compare(other.moment()) {
            Ordering::Less => false,
            Ordering::Equal => self.arrival >= other.arrival,
            Ordering::Greater => true,
        }
    }

    /// How this compares with a local change, as far as its precision tells.
    pub fn compare_with_local(self, changed_at: i64) -> Ordering {
        self.moment().compare(Moment { micros: changed_at, precision: Precision::Microsecond })
    }

    /// A total order for putting versions in line. It does not say which one wins.
    pub const fn in_line(self) -> (i64, i64) {
        (self.micros, self.arrival)
    }

    /// This version, at the finer time where both are of the same moment.
    fn refined_by(self, held: Self) -> Self {
        if self.moment().compare(held.moment()) != Ordering::Equal {
            return self;
        }
        Self { arrival: self.arrival.max(held.arrival), ..Self::event_at(self.moment().finer(held.moment()), 0) }
    }

    /// `[microseconds, event]`, followed by null and the unit of a coarser time. The third place is where a settlement
    /// notes itself.
    fn to_json(self) -> Value {
        match self.precision {
            Precision::Microsecond => json!([self.micros, self.arrival]),
            coarse => json!([self.micros, self.arrival, null, coarse.unit()]),
        }
    }

    fn of_json(value: &Value) -> Option<Self> {
        let unit = value.get(3).and_then(Value::as_i64).unwrap_or(1);
        let moment = Moment { micros: value.get(0)?.as_i64()?, precision: Precision::of_unit(unit) };
        Some(Self::event_at(moment, value.get(1)?.as_i64()?))
    }
}

/// The versions that a link keeps: one of the whole record, and newer ones of single fields.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    record: i64,
    fields: Map<String, Value>,
}

impl Versions {
    /// Versions as a link keeps them.
    pub fn of(record: i64, fields: Value) -> Self {
        let Value::Object(fields) = fields else { return Self { record, fields: Map::new() } };
        Self { record, fields }
    }

    /// The version of one field.
    pub fn field(&self, name: &str) -> Version {
        let own = self.fields.get(name).and_then(Version::of_json);
        if is_column(name) {
            return own.unwrap_or(Version::event(0, 0));
        }
        let whole = self.whole();
        own.filter(|own| own.moment().compare(whole.moment()) != Ordering::Less).unwrap_or(whole)
    }

    /// The newest version of anything in the record.
    pub fn newest(&self) -> Version {
        let later = |newest: Version, own: Version| if own.replaces(newest) { own } else { newest };
        self.names().map(|name| self.field(name)).fold(self.whole(), later)
    }

    /// Whether anything in the record is later than this, as far as the times tell.
    pub fn hold_something_later_than(&self, version: Version) -> bool {
        let is_later = |own: Version| own.moment().compare(version.moment()) == Ordering::Greater;
        // A push says that the record lives, whatever it changed.
        let pushed = self.pushed().map(|(from, _)| Version::event(from, 0));
        let lived = self.fields.get(LIVED).and_then(Version::of_json);
        is_later(self.whole())
            || pushed.into_iter().chain(lived).any(is_later)
            || self.names().any(|name| is_later(self.field(name)))
    }

    /// Notes that Geniacs had the record at this version, and that its fields are no newer for that.
    pub(crate) fn set_lived(&mut self, version: Version) {
        if self.fields.get(LIVED).and_then(Version::of_json).is_none_or(|lived| version.replaces(lived)) {
            self.fields.insert(LIVED.to_owned(), version.to_json());
        }
    }

    /// Whether a value of this version may replace the field's.
    pub fn admits(&self, name: &str, version: Version) -> bool {
        version.replaces(self.field(name))
    }

    /// Notes that the whole record has this version: single fields that are newer keep theirs.
    pub fn set_record(&mut self, version: Version) {
        let held = self.whole();
        let record = match version.moment().compare(held.moment()) {
            Ordering::Less => held.moment(),
            Ordering::Equal => version.moment().finer(held.moment()),
            Ordering::Greater => version.moment(),
        };

        self.fields.retain(|name, own| match name.as_str() {
            DELETION | PUSHED | LIVED => true,
            RECORD => false,
            name if name.starts_with(REPLACED) || is_column(name) => true,
            _ => Version::of_json(own).is_some_and(|own| outlives(own, record)),
        });

        self.record = record.micros;
        self.note_precision(RECORD, record);
    }

    /// Notes the version of one field.
    pub fn set_field(&mut self, name: &str, version: Version) {
        let version = version.refined_by(self.field(name));
        self.fields.insert(name.to_owned(), version.to_json());
    }

    /// Notes that Geniacs deleted the record at this version, whose microseconds the link keeps by themselves.
    pub fn set_deletion(&mut self, version: Version) {
        self.note_precision(DELETION, version.moment());
    }

    /// The moment of the deletion whose microseconds the link keeps.
    pub fn deletion(&self, micros: i64) -> Moment {
        self.with_precision(DELETION, micros)
    }

    /// Whether nothing was noted since.
    pub fn same_as(&self, before: &Self) -> bool {
        self.record == before.record && self.fields == before.fields
    }

    /// The version of the whole record, microseconds.
    pub fn record(&self) -> i64 {
        self.record
    }

    /// The newer versions of single fields: `{"field": [microseconds, event]}`.
    pub fn into_fields(self) -> Value {
        Value::Object(self.fields)
    }

    /// The names of fields that have a version of their own.
    fn names(&self) -> impl Iterator<Item = &str> {
        let is_field = |name: &&str| ![RECORD, DELETION, PUSHED, LIVED].contains(name) && !name.starts_with(REPLACED);
        self.fields.keys().map(String::as_str).filter(is_field)
    }

    fn whole(&self) -> Version {
        Version::event_at(self.with_precision(RECORD, self.record), 0)
    }

    /// Microseconds that have a column of their own, with the precision that is noted beside them. A note about another
    /// time is left over from before: a service of an earlier version writes the column alone.
    fn with_precision(&self, key: &str, micros: i64) -> Moment {
        let noted = self.fields.get(key).and_then(Version::of_json).filter(|noted| noted.micros == micros);
        Moment { micros, precision: noted.map_or(Precision::Microsecond, |noted| noted.precision) }
    }

    fn note_precision(&mut self, key: &str, moment: Moment) {
        if moment.precision == Precision::Microsecond {
            self.fields.remove(key);
        } else {
            self.fields.insert(key.to_owned(), Version::event_at(moment, 0).to_json());
        }
    }
}

/// Whether this is the key of a column without a field: a listing does not tell of it, so that the record's version says
/// nothing about it.
pub(crate) fn is_column(key: &str) -> bool {
    key.starts_with(' ') && !key.starts_with("  ")
}

/// Whether a field's own version still says something beside the record's: it is later, or of the same moment and finer.
fn outlives(own: Version, record: Moment) -> bool {
    match own.moment().compare(record) {
        Ordering::Less => false,
        Ordering::Equal => own.precision < record.precision,
        Ordering::Greater => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(&format!("2026-01-01T00:00:{text}Z")).unwrap()
    }

    #[test]
    fn a_field_admits_what_is_as_new_as_itself_and_nothing_older() {
        let mut versions = Versions::of(100, json!({}));
        versions.set_field("email", Version::event(200, 7));
        assert!(!versions.admits("email", Version::event(199, 9)));
        assert!(!versions.admits("email", Version::event(200, 6)));
        assert!(versions.admits("email", Version::event(200, 8)));
        assert!(versions.admits("name", Version::event(150, 1)), "another field has its own version");
        assert!(!versions.admits("name", Version::event(99, 1)));
    }

    #[test]
    fn a_creation_is_the_earliest_word_of_its_moment() {
        let mut versions = Versions::default();
        versions.set_field("email", Version::event_at(moment("04"), 7));
        versions.set_record(Version::listed_at(moment("04")));
        let creation = Version::creation_at(moment("04"), 9);
        assert!(!versions.admits("email", creation) && !versions.admits("name", creation));
        assert_eq!(creation.event_number(), Some(9));

        let mut made = Versions::default();
        made.set_field("email", creation);
        assert!(made.admits("email", Version::event_at(moment("04"), 8)), "arrived before it");
    }

    #[test]
    fn a_listing_takes_the_place_of_older_field_versions() {
        let mut versions = Versions::of(0, json!({"email": [200, 7], "name": [300, 8]}));
        versions.set_record(Version::listed(250));
        assert_eq!(versions.record(), 250);
        assert_eq!(versions.clone().into_fields(), json!({"name": [300, 8]}));
        assert_eq!(versions.newest(), Version::event(300, 8));
    }

    #[test]
    fn a_coarser_time_of_the_same_second_ties_and_the_finer_time_stays() {
        let mut versions = Versions::default();
        versions.set_field("email", Version::event_at(moment("04.300"), 1));
        assert!(versions.admits("email", Version::event_at(moment("04"), 2)), "the later arrival wins");
        versions.set_field("email", Version::event_at(moment("04"), 2));
        assert!(!versions.admits("email", Version::event_at(moment("04.200"), 3)), "older than the finer time");
        assert!(!versions.admits("email", Version::event_at(moment("04"), 1)), "arrived before");
        assert!(!versions.admits("email", Version::event_at(moment("03"), 4)));
    }

    #[test]
    fn the_order_of_fine_times_survives_a_coarse_listing_between_them() {
        let mut versions = Versions::default();
        versions.set_field("email", Version::event_at(moment("04.300"), 1));
        let listed = Version::listed_at(moment("04"));
        assert!(versions.admits("email", listed));
        versions.set_record(listed);
        assert!(!versions.admits("email", Version::event_at(moment("04.100"), 2)));
        assert!(versions.admits("name", Version::event_at(moment("04.100"), 2)), "of it only the second is known");
    }

    #[test]
    fn versions_are_the_same_once_they_were_stored() {
        let mut versions = Versions::default();
        versions.set_record(Version::listed_at(moment("04")));
        versions.set_field("email", Version::event_at(moment("05.1"), 9));
        versions.set_deletion(Version::event_at(moment("06"), 10));

        let read = Versions::of(versions.record(), versions.clone().into_fields());
        assert!(read.same_as(&versions));
        assert_eq!(read.field("name").moment(), moment("04"));
        assert_eq!(read.field("email").moment(), moment("05.1"));
        assert_eq!(read.deletion(moment("06").micros), moment("06"));
        assert_eq!(read.newest().moment(), moment("05.1"));
    }

    #[test]
    fn a_record_version_that_an_older_service_wrote_has_no_precision() {
        let mut versions = Versions::default();
        versions.set_record(Version::listed_at(moment("04")));
        let read = Versions::of(moment("09").micros, versions.into_fields());
        assert_eq!(read.field("name"), Version::event(moment("09").micros, 0));
    }

    #[test]
    fn versions_of_two_numbers_are_read_as_before() {
        let versions = Versions::of(100, json!({"email": [200, 7], "paid": [300, 8, "settled"]}));
        assert_eq!(versions.field("email"), Version::event(200, 7));
        assert_eq!(versions.field("paid"), Version::event(300, 8));
    }
}
