//! How new a value is: the partner's time, then the order of arrival. An older value never replaces a newer one.

use serde_json::{Map, Value, json};

/// A moment on the partner's clock in microseconds since 1970, and the number of the event that told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Microseconds since 1970.
    pub micros: i64,
    /// The number of the event; the highest of all for a listing.
    pub arrival: i64,
}

impl Version {
    /// The version of an event's values.
    pub const fn event(micros: i64, arrival: i64) -> Self {
        Self { micros, arrival }
    }

    /// The version of a listed record: what a listing shows at a moment is how that moment ended.
    pub const fn listed(micros: i64) -> Self {
        Self { micros, arrival: i64::MAX }
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
        let whole = Version::event(self.record, 0);
        let own = self.fields.get(name).and_then(|v| Some(Version::event(v.get(0)?.as_i64()?, v.get(1)?.as_i64()?)));
        own.map_or(whole, |own| own.max(whole))
    }

    /// The newest version of anything in the record.
    pub fn newest(&self) -> Version {
        self.fields.keys().map(|name| self.field(name)).fold(Version::event(self.record, 0), Version::max)
    }

    /// Whether a value of this version may replace the field's.
    pub fn admits(&self, name: &str, version: Version) -> bool {
        version >= self.field(name)
    }

    /// Notes that the whole record has this version: single fields that are newer keep theirs.
    pub fn set_record(&mut self, version: Version) {
        self.record = self.record.max(version.micros);
        let record = self.record;
        self.fields.retain(|_, v| v.get(0).and_then(Value::as_i64).is_some_and(|micros| micros > record));
    }

    /// Notes the version of one field.
    pub fn set_field(&mut self, name: &str, version: Version) {
        self.fields.insert(name.to_owned(), json!([version.micros, version.arrival]));
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_listing_takes_the_place_of_older_field_versions() {
        let mut versions = Versions::of(0, json!({"email": [200, 7], "name": [300, 8]}));
        versions.set_record(Version::listed(250));
        assert_eq!(versions.record(), 250);
        assert_eq!(versions.clone().into_fields(), json!({"name": [300, 8]}));
        assert_eq!(versions.newest(), Version::event(300, 8));
    }
}
