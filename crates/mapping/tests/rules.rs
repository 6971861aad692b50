//! Every rule, with the examples of the README.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use chrono_tz::Tz;
use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Mapped, Plan, References};
use serde_json::{Map, Value, json};

const ENTITY: EntityType = EntityType::Customers;

fn field(kind: FieldType, rules: &Value) -> FieldMapping {
    FieldMapping { transformation_rules: rules.clone(), ..FieldMapping::new("column", "field", kind) }
}

fn compiled(mapping: &FieldMapping, zone: Option<Tz>) -> Plan {
    let context = Context { default_time_zone: zone, ..Context::default() };
    Plan::compile(ENTITY, std::slice::from_ref(mapping), &context).unwrap()
}

fn plan(kind: FieldType, rules: &Value) -> Plan {
    compiled(&field(kind, rules), Some(chrono_tz::Asia::Jakarta))
}

fn of(key: &str, value: &Value) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value.clone())])
}

fn pushed(plan: &Plan, value: &Value) -> Mapped {
    plan.push(&of("column", value), &References::default())
}

fn pulled(plan: &Plan, value: &Value) -> Mapped {
    plan.pull(&of("field", value), &References::default())
}

fn patch(plan: &Plan, here: &Value, there: &Value) -> Mapped {
    let patch = plan.patch(&of("column", here), &of("field", there), Completeness::Whole, &References::default());
    Mapped { fields: patch.columns(), warnings: patch.warnings, errors: patch.errors }
}

/// Pushed `here` gives `there`, which comes back as `here` and changes nothing.
fn both_ways(plan: &Plan, here: &Value, there: &Value) {
    assert_eq!(&pushed(plan, here).fields, &of("field", there), "{here}");
    assert_eq!(&pulled(plan, there).fields, &of("column", here), "{there}");
    assert_eq!(patch(plan, here, there), Mapped::default());
}

/// Pushed `here` gives `there`, which changes nothing here.
fn one_way(plan: &Plan, here: &Value, there: &Value) {
    assert_eq!(&pushed(plan, here).fields, &of("field", there), "{here}");
    assert_eq!(patch(plan, here, there), Mapped::default());
}

fn failed(mapped: &Mapped) -> Option<&'static str> {
    mapped.warnings.first().map(|problem| problem.rule)
}

/// What is said of a mapping's one problem.
fn refused(mapping: &FieldMapping) -> String {
    let problems = mapping::check(ENTITY, mapping);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].message.clone()
}

#[test]
fn text_is_replaced_on_the_way_out_only() {
    let plan = plan(FieldType::String, &json!({"replace": [{"from": "Jl.", "to": "Jalan"}, {"from": "#", "to": ""}]}));
    one_way(&plan, &json!("Jl. Mawar #7"), &json!("Jalan Mawar 7"));
    assert_eq!(patch(&plan, &json!("Jl. Mawar #7"), &json!("Jalan Melati")).fields["column"], "Jalan Melati");
    for wrong in [json!({"from": "", "to": "x"}), json!({"from": "x"}), json!({"from": "x", "to": 7}), json!([])] {
        refused(&field(FieldType::String, &json!({"replace": wrong})));
    }
}

#[test]
fn a_pattern_refers_to_its_groups() {
    let rules = json!({"regex": {"pattern": r"^(\d+)-(?<rest>\d+)$", "replacement": "$1/${rest}"}});
    one_way(&plan(FieldType::String, &rules), &json!("12-34"), &json!("12/34"));
    one_way(&plan(FieldType::String, &rules), &json!("12"), &json!("12"));

    for (pattern, replacement, said) in [
        ("(", "", "no regular expression"),
        (r"(?=a)", "", "look-around and back-references do not exist"),
        (r"(a{1000}){1000}", "", "too much memory"),
        ("a", "$1", "`$1`, which is no group"),
        ("(a)", "$1b", "`$1b`, which is no group"),
    ] {
        let rules = json!({"regex": {"pattern": pattern, "replacement": replacement}});
        let message = refused(&field(FieldType::String, &rules));
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn no_pattern_takes_long_or_makes_much_of_little() {
    let slow = plan(FieldType::String, &json!({"regex": {"pattern": "(a*)*(a*)*b", "replacement": ""}}));
    one_way(&slow, &json!("a".repeat(20_000)), &json!("a".repeat(20_000)));

    let long = "x".repeat(1_000);
    for rules in [
        json!({"regex": {"pattern": "x*", "replacement": long}}),
        json!({"regex": {"pattern": "a+", "replacement": "$0".repeat(500)}}),
        json!({"replace": {"from": "a", "to": long}}),
    ] {
        let mapped = pushed(&plan(FieldType::String, &rules), &json!("a".repeat(100_000)));
        assert!(mapped.fields.is_empty() && failed(&mapped).is_some(), "{rules}");
    }
}

#[test]
fn words_are_mapped_one_to_one() {
    let plan = plan(FieldType::String, &json!({"value_map": {"active": "A", "suspended": "S"}}));
    both_ways(&plan, &json!("active"), &json!("A"));
    assert_eq!(pulled(&plan, &json!("")).fields.get("column"), None, "an empty text is no value");
    assert_eq!(failed(&pushed(&plan, &json!("prospect"))), Some("value_map"));
    assert_eq!(failed(&pulled(&plan, &json!("X"))), Some("value_map"));
    assert_eq!(patch(&plan, &json!("active"), &json!("S")).fields["column"], "suspended");
}

#[test]
fn a_mapped_word_has_the_fields_type() {
    let numbers = plan(FieldType::Number, &json!({"value_map": {"active": 1, "suspended": 2.50}}));
    both_ways(&numbers, &json!("active"), &json!(1));
    assert_eq!(pulled(&numbers, &json!("2.5")).fields["column"], "suspended");

    let truths = plan(FieldType::Boolean, &json!({"value_map": {"prepaid": true, "postpaid": false}}));
    both_ways(&truths, &json!("postpaid"), &json!(false));

    let of_truth = plan(FieldType::String, &json!({"value_map": {"true": "yes", "false": "no"}}));
    assert_eq!(pushed(&of_truth, &json!(true)).fields["field"], "yes");
    assert_eq!(patch(&of_truth, &json!(true), &json!("no")).fields["column"], "false");

    let message = refused(&field(FieldType::String, &json!({"value_map": {"active": 1}})));
    assert_eq!(message, "must turn `active` into a string, as that is the field's type");
}

#[test]
fn several_words_for_one_need_a_way_back() {
    let message = refused(&field(FieldType::String, &json!({"value_map": {"active": "A", "prospect": "A"}})));
    assert!(message.contains(r#"{"map": {…}, "back": {"A": "active"}}"#), "{message}");

    let map = json!({"active": "A", "prospect": "A", "terminated": "T"});
    let rules = json!({"value_map": {"map": map, "back": {"A": "active", "EXPIRED": "terminated"}, "default": "O"}});
    let plan = plan(FieldType::String, &rules);

    both_ways(&plan, &json!("active"), &json!("A"));
    one_way(&plan, &json!("prospect"), &json!("A"));
    one_way(&plan, &json!("anything"), &json!("O"));

    assert_eq!(pulled(&plan, &json!("EXPIRED")).fields["column"], "terminated");
    assert_eq!(pulled(&plan, &json!("O")), Mapped::default(), "the default does not say which value is meant");
    assert_eq!(patch(&plan, &json!("active"), &json!("O")), Mapped::default());

    assert_eq!(failed(&pulled(&plan, &json!("X"))), Some("value_map"));
}

#[test]
fn a_mapped_word_has_to_come_back_through_the_rules_after_it() {
    let rules = json!([{"value_map": {"active": "running"}}, {"max_length": 3}]);
    assert!(refused(&field(FieldType::String, &rules)).contains("sends `running`"));
    let rules = json!({"uppercase": true, "value_map": {"ACTIVE": "a"}, "prefix": "st-"});
    both_ways(&plan(FieldType::String, &rules), &json!("ACTIVE"), &json!("st-a"));
    one_way(&plan(FieldType::String, &rules), &json!("active"), &json!("st-a"));
}

#[test]
fn a_prefix_and_a_suffix_are_taken_off_again() {
    let plan = plan(FieldType::String, &json!({"prefix": "ISP-", "suffix": "/id"}));
    both_ways(&plan, &json!("77"), &json!("ISP-77/id"));
    both_ways(&plan, &json!("ISP-77/id"), &json!("ISP-ISP-77/id/id"));
    assert_eq!(pulled(&plan, &json!("")).fields.get("column"), None, "an empty text is no value");
    assert_eq!(pulled(&plan, &json!("77")).fields["column"], "77", "what has no prefix stays as it is");
}

#[test]
fn checks_look_at_geniacs_form_both_ways() {
    let mapping = FieldMapping {
        validation_rules: json!({"in": ["A", "S"]}),
        ..field(FieldType::String, &json!({"value_map": {"active": "A", "suspended": "S", "gone": "G"}}))
    };

    both_ways(&compiled(&mapping, None), &json!("active"), &json!("A"));
    assert_eq!(failed(&pushed(&compiled(&mapping, None), &json!("gone"))), Some("in"));
    assert_eq!(failed(&pulled(&compiled(&mapping, None), &json!("G"))), Some("in"));

    let mapping = FieldMapping {
        validation_rules: json!({"max": 100_000, "min": 100}),
        ..field(FieldType::Number, &json!({"scale": 100}))
    };

    assert_eq!(failed(&pushed(&compiled(&mapping, None), &json!(1_000.01))), Some("max"));
    both_ways(&compiled(&mapping, None), &json!(1_000), &json!(100_000));
}

#[test]
fn money_is_scaled_exactly() {
    let cents = plan(FieldType::Number, &json!({"scale": 100}));
    let exact = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    both_ways(&cents, &exact("150000.5"), &exact("15000050"));

    assert_eq!(pushed(&cents, &exact("90071992547409.93")).fields["field"].to_string(), "9007199254740993");
    // The same number in the form's space is not what it would be in the column's.
    assert_eq!(patch(&cents, &json!(10), &json!(100_000)).fields["column"], json!(1_000));

    for wrong in [json!(0), json!(60), json!("100")] {
        assert!(refused(&field(FieldType::Number, &json!({"scale": wrong}))).contains("not 3 or 60"));
    }
}

#[test]
fn rounding_is_for_geniacs_alone() {
    let plan = plan(FieldType::Number, &json!({"round": 0}));
    one_way(&plan, &json!(10.5), &json!(11));
    assert_eq!(patch(&plan, &json!(10.5), &json!(12.3)).fields["column"], json!(12.3));
}

#[test]
fn a_pulled_whole_number_fits_an_integer_column() {
    let plan = plan(FieldType::Number, &Value::Null);
    let exact = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(pulled(&plan, &exact("1024.00")).fields["column"].to_string(), "1024");
    assert_eq!(pulled(&plan, &exact("10.50")).fields["column"].to_string(), "10.50");
    assert_eq!(pushed(&plan, &exact("1024.00")).fields["field"].to_string(), "1024.00");
}

#[test]
fn several_columns_make_one_field_and_are_left_alone() {
    let rules = json!({"concat": {"fields": ["column", "city", "balance"], "separator": ", "}, "uppercase": true});
    let plan = plan(FieldType::String, &rules);
    assert_eq!(plan.local_fields().collect::<Vec<_>>(), ["column", "city", "balance"]);

    let local: Map<String, Value> =
        serde_json::from_value(json!({"column": " Jl. Mawar 7", "city": " ", "balance": 7.50})).unwrap();
    let none = References::default();

    assert_eq!(plan.push(&local, &none).fields["field"], "JL. MAWAR 7, 7.5");
    let there = of("field", &json!("elsewhere"));
    assert_eq!(plan.pull(&there, &none), Mapped::default());
    assert_eq!(plan.pull_partial(&of("field", &Value::Null), &none), Mapped::default());
    assert!(plan.patch(&local, &there, Completeness::Whole, &none).changes_nothing());

    let mapping = field(FieldType::String, &json!(["trim", {"concat": {"fields": ["column", "city"]}}]));
    assert!(refused(&mapping).contains("must stand first"));
    let with = |columns: Value| refused(&field(FieldType::String, &json!({"concat": {"fields": columns}})));
    assert!(with(json!(["city", "address"])).contains("own column, `column`"));
    assert!(with(json!(["column", "secret"])).contains("holds a secret"));
    assert!(with(json!(["column"])).contains("must name 2 to 20 columns"));
    assert!(with(json!(["column", "column"])).contains("twice"));
}

#[test]
fn addresses_have_one_form() {
    let mac = plan(FieldType::String, &json!({"format": "mac"}));
    one_way(&mac, &json!("08-00-2B-01-02-03"), &json!("08:00:2b:01:02:03"));
    assert_eq!(patch(&mac, &json!("08:00:2b:01:02:03"), &json!("0800.2B01.0203")), Mapped::default());
    let ip = plan(FieldType::String, &json!({"format": "ip"}));
    both_ways(&ip, &json!("10.0.0.1"), &json!("10.0.0.1"));
    assert_eq!(patch(&ip, &json!("10.0.0.1"), &json!("10.0.0.1/32")), Mapped::default());
    assert_eq!(failed(&pulled(&ip, &json!("somewhere"))), Some("format"));
}

#[test]
fn a_value_is_one_of_a_list_or_within_bounds() {
    let checks = |kind, rules: Value| FieldMapping { validation_rules: rules, ..field(kind, &Value::Null) };
    let ok = |mapping: &FieldMapping, value: Value| failed(&pushed(&compiled(mapping, None), &value)).is_none();

    let list = checks(FieldType::Number, json!({"in": [1, 3, 12]}));
    assert!(ok(&list, json!("3.0")) && !ok(&list, json!(2)));

    let speed = checks(FieldType::Number, json!({"min": 0, "max": 1_000}));
    assert!(ok(&speed, json!(1_000)) && !ok(&speed, json!(1_000.5)) && !ok(&speed, json!(-1)));

    let address = checks(FieldType::String, json!({"ip": "v4"}));
    assert!(ok(&address, json!("10.0.0.1")) && ok(&address, json!("")) && !ok(&address, json!("::1")));

    let link = checks(FieldType::String, json!({"url": true}));
    assert!(ok(&link, json!("https://example.com/a")) && !ok(&link, json!("example.com")));

    for (kind, wrong, place) in [
        (FieldType::Number, json!({"min": 2, "max": 1}), "validation_rules.min"),
        (FieldType::Number, json!({"max": "1"}), "validation_rules.max"),
        (FieldType::Number, json!({"in": ["1"]}), "validation_rules.in"),
        (FieldType::String, json!({"in": []}), "validation_rules.in"),
        (FieldType::String, json!({"in": "active"}), "validation_rules.in"),
        (FieldType::Date, json!({"in": ["2024-01-01"]}), "validation_rules.in"),
        (FieldType::String, json!({"ip": 4}), "validation_rules.ip"),
    ] {
        let problems = mapping::check(ENTITY, &checks(kind, wrong.clone()));
        assert_eq!(problems[0].field, place, "{wrong}");
    }
}

#[test]
fn a_default_is_a_local_value() {
    let mapping = FieldMapping {
        default_value: Some("active".to_owned()),
        ..field(FieldType::String, &json!({"value_map": {"active": "A"}}))
    };

    let plan = compiled(&mapping, None);
    assert_eq!(pushed(&plan, &Value::Null).fields["field"], "A");
    assert_eq!(pulled(&plan, &Value::Null).fields["column"], "active");
    assert_eq!(patch(&plan, &Value::Null, &Value::Null), Mapped::default());

    let mapping =
        FieldMapping { default_value: Some("10".to_owned()), ..field(FieldType::Number, &json!({"scale": 100})) };

    let plan = compiled(&mapping, None);
    assert_eq!(pushed(&plan, &Value::Null).fields["field"], json!(1_000));
    assert_eq!(pulled(&plan, &Value::Null).fields["column"], json!(10));
}
