use super::*;

fn file() -> Vec<ManifestEntry> {
    integrations_of(
        "version: 1
integrations:
- name: Main office
  endpoint_url: https://a.example/v1
  configuration: {auto_sync: false, max_retries: 5}
  keys_from_environment: {api_key: A, api_secret: B}
  mappings:
  - {entity_type: customers, local_field: name, geniacs_field: customer_name, field_type: string, validation_rules: {max: 1.5}}
  schedules:
  - {name: Nightly, entity_type: customers, sync_type: full, cron_expression: 0 2 * * *}
- name: Other
",
    )
    .unwrap()
}

#[test]
fn a_written_file_is_read_back_the_same() {
    assert_eq!(integrations_of(&write_manifest(&file()).unwrap()).unwrap(), file());
}

#[test]
fn fields_are_written_in_their_order() {
    let text = write_manifest(&file()).unwrap();
    let place = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("{needle}: {text}"));
    assert!(
        text.starts_with("version: 1\nintegrations:\n- name: Main office\n  endpoint_url: https://a.example/v1\n"),
        "{text}"
    );
    assert!(place("configuration:") < place("keys_from_environment:"));
    assert!(place("local_field: name") < place("geniacs_field:") && place("mappings:") < place("schedules:"));
}

#[test]
fn a_wrong_entry_is_named_with_its_place() {
    for (text, reason) in [
        ("integrations: []", "version: 1"),
        ("version: 2", "version: 1"),
        ("- a", "names and values"),
        ("version: 1\nwhat: 1", "what is not known"),
        ("version: 1\nintegrations: [{name: A}, {name: A}]", "two integrations with the name A"),
        ("version: 1\nintegrations: [{name: A, api_key: x}]", "integration A: api_key is not a field"),
        ("version: 1\nintegrations: [{endpoint_url: x}]", "name is missing"),
        (
            "version: 1\nintegrations: [{name: A, mappings: [{entity_type: customers}]}]",
            "mapping 1: local_field is missing",
        ),
        ("version: 1\nintegrations: [{name: A, schedules: 3}]", "schedules must be a list"),
        ("version: 1\nintegrations: [{name: A, keys_from_environment: {api_key: 7}}]", "names of variables"),
        ("a: [", "not YAML"),
    ] {
        let error = format!("{:#}", integrations_of(text).unwrap_err());
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn variables_are_named_after_the_integration() {
    let names = |name| key_variables(name)["api_key"].as_str().unwrap().to_owned();
    assert_eq!([names("Main office"), names("2nd")], ["MAIN_OFFICE_API_KEY", "_2ND_API_KEY"]);
}

#[test]
fn a_file_of_keys_is_never_shown() {
    let keys = keys_of("Main: {api_key: geheim, api_secret: b}").unwrap();
    assert!(keys["Main"].contains_key("api_key") && !format!("{keys:?}").contains("geheim"));
    for text in ["Main: geheim", "Main: {api_key: {x: geheim}}", "Main: {geheim: 7}", "geheim", "a: [geheim"] {
        let error = format!("{:#}", keys_of(text).unwrap_err());
        assert!(!error.contains("geheim"), "{error}");
    }
}

#[test]
fn mappings_stand_in_the_order_of_dependence() {
    let mapping =
        |entity: &str, field: &str| json!({"entity_type": entity, "local_field": field}).as_object().unwrap().clone();
    let mut all =
        [mapping("payments", "a"), mapping("customers", "z"), mapping("customers", "b"), mapping("nas_servers", "x")];
    all.sort_by_cached_key(|item| MAPPING.order(item));
    assert_eq!(all.map(|item| MAPPING.title(&item)), ["nas_servers.x", "customers.b", "customers.z", "payments.a"]);
}
