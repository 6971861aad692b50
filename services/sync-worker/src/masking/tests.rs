//! What is shown of a body, and what is not.

use super::*;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn what_may_be_personal_is_shortened_to_its_first_character() {
    let sent = json!({"data": [{
        "external_id": "17", "customer_id": "cust_1", "version": 3, "customer_name": "Siti Aminah",
        "customer_email": "siti@contoh.id", "customer_phone": "+62812", "customer_status": "active", "deleted": false,
        "subscription_assigned_ip": "10.0.0.1", "address": {"street": "Jl. Mawar 1", "lines": ["a", "b"]},
        "balance": 1.10, "due_date": "2026-01-31", "date_of_birth": "1990-02-03", "phone": 62812, "note": null,
    }], "options": {"dry_run": false}, "sync_id": 9});
    assert_eq!(
        body(&sent),
        json!({"data": [{
            "external_id": "17", "customer_id": "cust_1", "version": 3, "customer_name": "S•••",
            "customer_email": "s•••", "customer_phone": "+•••", "customer_status": "active", "deleted": false,
            "subscription_assigned_ip": "1•••", "address": {"street": "J•••", "lines": ["a•••", "b•••"]},
            "balance": 1.10, "due_date": "2026-01-31", "date_of_birth": "1•••", "phone": "•••", "note": null,
        }], "options": {"dry_run": false}, "sync_id": 9})
    );
}

#[test]
fn secrets_are_not_even_begun_to_be_shown() {
    let sent = json!({"api_secret": "s3cret", "X-Signature": "abc", "Authorization": "Bearer x", "access_token": 7});
    for shown in body(&sent).as_object().unwrap().values() {
        assert_eq!(shown, "•••");
    }
}

#[test]
fn words_for_errors_stay_and_the_partners_sentence_does_not() {
    let answer = json!({"error": {"type": "validation_error", "message": "siti@contoh.id is taken",
        "details": [{"index": 3, "field": "customer_email", "message": "siti@contoh.id"}]}});
    let shown = body(&answer);
    assert_eq!(shown["error"]["type"], "validation_error");
    assert_eq!(shown["error"]["details"][0]["field"], "customer_email");
    assert!(!shown.to_string().contains("contoh"), "{shown}");
    assert_eq!(body(&json!({"status": "Siti Aminah lives here"}))["status"], "S•••", "a status is a word");
}

#[test]
fn a_large_body_keeps_its_first_records_whole_and_says_how_many_were_left_out() {
    let record = |n: u32| json!({"external_id": n.to_string(), "customer_name": "Siti", "version": n});
    let shown = body(&json!({"data": (0..5_000).map(record).collect::<Vec<_>>(), "sync_id": 9}));
    let data = shown["data"].as_array().unwrap();
    let (last, records) = data.split_last().unwrap();
    assert!(records.len() > 50, "{}", records.len());
    assert!(records.iter().all(|r| r["version"].is_number()), "{shown}");
    assert_eq!(last, &json!(format!("{} more left out", 5_000 - records.len())));
}

#[test]
fn what_postgresql_cannot_hold_is_left_out() {
    let odd: Value = serde_json::from_str(r#"{"n": 1e400000, "a\u0000b": "\u0000x", "id": "\u0000"}"#).unwrap();
    assert_eq!(body(&odd), json!({"n": "•••", "ab": "•••", "id": "•••"}));
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 512, 40, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..40).prop_map(Value::from),
            prop::collection::vec((".{0,100}", inner), 0..40).prop_map(|f| Value::Object(f.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_body_exceeds_eight_kib(value in anything()) {
        prop_assert!(body(&value).to_string().len() <= LIMIT);
    }

    #[test]
    fn no_text_of_a_field_that_nobody_knows_is_shown(text in "[a-zA-Z@ ]{3,40}") {
        let shown = body(&json!({"anything": text, "list": [text], "deep": {"er": text}})).to_string();
        prop_assert!(!shown.contains(&text), "{}", shown);
    }
}
