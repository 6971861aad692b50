//! Dates as partners write them, and times without an offset.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use chrono_tz::Tz;
use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Plan, References};
use serde_json::{Map, Value, json};

const JAKARTA: Option<Tz> = Some(chrono_tz::Asia::Jakarta);
const BERLIN: Option<Tz> = Some(chrono_tz::Europe::Berlin);

fn mapping(format: &str) -> FieldMapping {
    let rules = if format.is_empty() { Value::Null } else { json!({"date_format": format}) };
    FieldMapping { transformation_rules: rules, ..FieldMapping::new("column", "field", FieldType::Date) }
}

fn plan(format: &str, zone: Option<Tz>) -> Plan {
    let context = Context { default_time_zone: zone, ..Context::default() };
    Plan::compile(EntityType::Customers, &[mapping(format)], &context).unwrap()
}

fn of(key: &str, value: impl Into<Value>) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value.into())])
}

fn pushed(plan: &Plan, value: &str) -> Value {
    let mapped = plan.push(&of("column", value), &References::default());
    mapped.fields.get("field").cloned().unwrap_or_else(|| json!(mapped.warnings[0].message))
}

fn pulled(plan: &Plan, value: impl Into<Value>) -> Value {
    let mapped = plan.pull(&of("field", value), &References::default());
    mapped.fields.get("column").cloned().unwrap_or_else(|| json!(mapped.warnings[0].message))
}

fn unchanged(plan: &Plan, here: &str, there: &Value) {
    for completeness in [Completeness::Whole, Completeness::Partial] {
        let patch = plan.patch(&of("column", here), &of("field", there.clone()), completeness, &References::default());
        assert!(patch.changes_nothing(), "{here} {there}");
    }
}

#[test]
fn a_moment_is_written_as_the_integrations_clocks_show_it() {
    let here = "2024-01-01T17:30:00+00:00";
    for (format, there, back) in [
        ("%d/%m/%Y %H:%M:%S", json!("02/01/2024 00:30:00"), "2024-01-02T00:30:00+07:00"),
        ("datetime", json!("2024-01-02 00:30:00"), "2024-01-02T00:30:00+07:00"),
        ("%d %B %Y %I:%M %p", json!("02 January 2024 12:30 AM"), "2024-01-02T00:30:00+07:00"),
        ("%Y%m%d%H%M%S%z", json!("20240102003000+0700"), "2024-01-02T00:30:00+07:00"),
        ("%+", json!("2024-01-02T00:30:00+07:00"), "2024-01-02T00:30:00+07:00"),
        ("unix", json!(1_704_130_200), "2024-01-01T17:30:00Z"),
        ("unix_ms", json!(1_704_130_200_000_i64), "2024-01-01T17:30:00Z"),
        ("date", json!("2024-01-02"), "2024-01-02T00:00:00+07:00"),
    ] {
        let plan = plan(format, JAKARTA);
        assert_eq!(pushed(&plan, here), there, "{format}");
        assert_eq!(pulled(&plan, there.clone()), back, "{format}");
        unchanged(&plan, here, &there);
    }
}

#[test]
fn a_day_stays_a_day() {
    for zone in [None, JAKARTA, BERLIN] {
        let plan = plan("%d/%m/%Y", zone);
        assert_eq!(pushed(&plan, "2024-02-29"), "29/02/2024");
        assert!(pulled(&plan, "29/02/2024").as_str().unwrap().starts_with("2024-02-29"));
        unchanged(&plan, "2024-02-29", &json!("29/02/2024"));
        unchanged(&plan, "2024-02-29", &json!("29/2/2024"));
    }
    assert!(pulled(&plan("%d/%m/%Y", None), "2024-02-29").as_str().unwrap().contains("date_format"));
}

#[test]
fn without_a_zone_only_formats_that_need_none_can_be_written() {
    let here = "2024-01-01T10:00:00+07:00";
    assert!(pushed(&plan("datetime", None), here).as_str().unwrap().contains("default_time_zone"));
    assert!(pulled(&plan("datetime", None), "2024-01-01 10:00:00").as_str().unwrap().contains("default_time_zone"));
    assert_eq!(pushed(&plan("%Y-%m-%d %H:%M:%S%:z", None), here), "2024-01-01 03:00:00+00:00");
    assert_eq!(pushed(&plan("unix", None), here), json!(1_704_078_000));
    assert!(pulled(&plan("", None), "2024-01-01T10:00:00").as_str().unwrap().contains("default_time_zone"));
}

#[test]
fn a_time_without_an_offset_is_one_on_the_integrations_clocks() {
    assert_eq!(pulled(&plan("", JAKARTA), "2024-01-01 10:00:00"), "2024-01-01T10:00:00+07:00");
    assert_eq!(pulled(&plan("", JAKARTA), "2024-01-01T10:00:00.5"), "2024-01-01T10:00:00.500+07:00");
    assert_eq!(pulled(&plan("", JAKARTA), "2024-01-01T10:00:00Z"), "2024-01-01T10:00:00Z");
    unchanged(&plan("", JAKARTA), "2024-01-01T03:00:00+00:00", &json!("2024-01-01 10:00:00"));
}

#[test]
fn a_time_that_clocks_skip_is_refused_and_one_that_they_show_twice_is_the_first() {
    let skipped = "is a time that clocks in Europe/Berlin skip, because they are put forward then";
    assert_eq!(pulled(&plan("", BERLIN), "2024-03-31T02:30:00"), skipped);
    assert_eq!(pulled(&plan("datetime", BERLIN), "2024-03-31 02:30:00"), skipped);
    assert_eq!(pulled(&plan("datetime", BERLIN), "2024-10-27 02:30:00"), "2024-10-27T02:30:00+02:00");
    // The second time of that clock face is not moved an hour by its own echo.
    unchanged(&plan("datetime", BERLIN), "2024-10-27T01:30:00+00:00", &json!("2024-10-27 02:30:00"));
}

#[test]
fn a_day_whose_midnight_is_skipped_begins_later() {
    let zone = Some(chrono_tz::America::Sao_Paulo);
    assert_eq!(pulled(&plan("date", zone), "2018-11-04"), "2018-11-04T01:00:00-02:00");
    unchanged(&plan("date", zone), "2018-11-04", &json!("2018-11-04"));
}

#[test]
fn a_format_that_cannot_be_read_back_is_refused() {
    for wrong in [
        "%d/%m/%y",
        "%H:%M",
        "%Y-%m",
        "%Y-%m-%d %H",
        "%Y-%m-%d %I:%M",
        "%Y-%m-%d %Z",
        "%Y-%m-%d %H:%M %Z",
        "%Y-%m-%d %z",
        "%Q",
        "%",
        "dd/mm/yyyy",
        "",
    ] {
        let rules = json!({"date_format": wrong});
        let mapping = FieldMapping { transformation_rules: rules, ..mapping("") };

        let problems = mapping::check(EntityType::Customers, &mapping);
        assert_eq!(problems.len(), 1, "{wrong}");
        assert_eq!(problems[0].field, "transformation_rules.date_format");
    }
}
