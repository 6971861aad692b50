//! Records that are refused.

use super::Faults;
use crate::random::Random;
use domain::EntityType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A record is refused if `field` equals or contains what is given, or, with neither, if it has that field at all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectRule {
    /// Which entity; every one if it is not set.
    #[serde(default)]
    pub entity: Option<EntityType>,
    /// A Geniacs field, or `external_id`.
    pub field: String,
    /// The whole value.
    #[serde(default)]
    pub equals: Option<Value>,
    /// Part of a text.
    #[serde(default)]
    pub contains: Option<String>,
    /// The type of the failure; `validation_error` if it is not set.
    #[serde(default, rename = "type")]
    pub error_type: Option<String>,
}

/// What happens to a pushed version that is older than the stored one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versions {
    /// It is applied all the same.
    #[default]
    Ignore,
    /// That record fails with the type `conflict`.
    FailRecord,
    /// The whole request is refused with 409, naming the records.
    Refuse,
}

impl Faults {
    /// Why a record is refused, if it is: the field and the type of the failure.
    pub(crate) fn rejects(
        &self,
        entity: EntityType,
        external_id: Option<&str>,
        fields: &Map<String, Value>,
    ) -> Option<(&str, &str)> {
        let rule = self.reject.iter().filter(|rule| rule.entity.is_none_or(|named| named == entity)).find(|rule| {
            if rule.field == "external_id" {
                return external_id.is_some_and(|id| rule.matches(&Value::from(id)));
            }
            fields.get(&rule.field).is_some_and(|value| rule.matches(value))
        });

        match rule {
            Some(rule) => Some((&rule.field, rule.error_type.as_deref().unwrap_or("validation_error"))),
            None => self.is_unlucky(external_id?).then_some(("external_id", "validation_error")),
        }
    }

    /// Whether the partner fails when it is asked for this record, by its id or its `external_id`.
    pub(crate) fn fails_to_read(&self, id: &str) -> bool {
        self.fail_reads.iter().any(|broken| broken == id)
    }

    /// Whether a record is one of those that `reject_rate` refuses.
    fn is_unlucky(&self, external_id: &str) -> bool {
        // FNV-1a: the same record every time, in every run.
        let hash = external_id
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
        self.reject_rate > 0.0 && Random::new(hash).chance(self.reject_rate)
    }
}

impl RejectRule {
    fn matches(&self, value: &Value) -> bool {
        let contains = |part: &String| value.as_str().is_some_and(|text| text.contains(part.as_str()));
        self.equals.as_ref().is_none_or(|whole| whole == value) && self.contains.as_ref().is_none_or(contains)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_records_is_refused_the_same_ones_every_time() {
        let faults = Faults { reject_rate: 0.1, ..Faults::default() };
        let refused = || -> Vec<u32> {
            let rejects = |id: &u32| faults.rejects(EntityType::Customers, Some(&id.to_string()), &Map::new());
            (0..1_000).filter(|id| rejects(id).is_some()).collect()
        };
        assert_eq!(refused(), refused());
        assert!((60..140).contains(&refused().len()), "{}", refused().len());
    }
}
