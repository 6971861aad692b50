//! All six entities, with what they refer to.

use end_to_end::{LIMIT, Stack, StackOptions};
use serde_json::{Value, json};
use test_support::eventually;

/// In the order of dependence.
const ENTITIES: [&str; 6] = ["nas_servers", "customers", "subscriptions", "invoices", "payments", "monitoring_data"];

/// One of each, which refer to each other.
const ROWS: &str = "
    INSERT INTO nas_servers (nasname, shortname, type, secret, community) VALUES ('10.0.0.1', 'NAS-1', 'mikrotik', 'geheim', 'privat');
    INSERT INTO customers (customer_code, name, email) VALUES ('C1', 'Siti', 'siti@example.co.id');
    INSERT INTO customer_subscriptions (subscription_code, customer_id, nas_server_id, username, status, price)
        VALUES ('S1', 1, 1, 'siti@net', 'active', 165000);
    INSERT INTO invoices (invoice_number, customer_id, subscription_id, amount, total_amount, status, due_date)
        VALUES ('I1', 1, 1, 165000, 183150.50, 'sent', '2026-02-01');
    INSERT INTO payments (transaction_id, invoice_id, customer_id, amount, status) VALUES ('P1', 1, 1, 183150.50, 'pending');
    INSERT INTO monitoring_data (nas_server_id, subscription_id, metric_type, value, unit, recorded_at)
        VALUES (1, 1, 'latency_ms', 12.5, 'ms', '2026-01-01T00:00:00Z')";

async fn stack() -> Stack {
    Stack::start(StackOptions::default()).await
}

/// What the partner holds of an entity.
async fn there(stack: &Stack, entity: &str) -> Vec<Value> {
    let page = stack.partner_shows(&format!("records/{entity}?limit=1000")).await;
    page["records"].as_array().expect("records").clone()
}

/// The Geniacs id of a row.
async fn geniacs_id(stack: &Stack, entity: &str, local_id: i64) -> String {
    let sql = format!("SELECT geniacs_id FROM record_links WHERE entity_type = '{entity}' AND local_id = {local_id}");
    stack.database.ask(&sql).await
}

async fn push_everything(stack: &Stack) {
    for entity in ENTITIES {
        let push = stack.run_of(entity, "full", "to_geniacs").await;
        assert_eq!((&push["status"], &push["summary"]["created"]), (&json!("success"), &json!(1)), "{push}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_all_entities_arrive_at_geniacs_with_geniacs_own_ids_in_their_references() {
    let stack = stack().await;
    stack.database.execute(ROWS).await;
    push_everything(&stack).await;

    let [nas, customer, subscription, invoice] = [
        geniacs_id(&stack, "nas_servers", 1).await,
        geniacs_id(&stack, "customers", 1).await,
        geniacs_id(&stack, "subscriptions", 1).await,
        geniacs_id(&stack, "invoices", 1).await,
    ];

    for (entity, references) in [
        ("subscriptions", json!({"customer_id": customer, "nas_server_id": nas})),
        ("invoices", json!({"customer_id": customer, "subscription_id": subscription})),
        ("payments", json!({"customer_id": customer, "invoice_id": invoice})),
        ("monitoring_data", json!({"subscription_id": subscription, "nas_server_id": nas})),
    ] {
        let records = there(&stack, entity).await;
        assert_eq!(records.len(), 1, "{entity}");
        for (field, id) in references.as_object().expect("fields") {
            assert_eq!(&records[0]["fields"][field], id, "{entity}: {}", records[0]);
        }
    }

    let servers = json!(there(&stack, "nas_servers").await).to_string();
    assert!(servers.contains("10.0.0.1") && !servers.contains("geheim") && !servers.contains("privat"), "{servers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_holds_at_a_small_size_on_both_sides() {
    let stack = stack().await;
    let loaded = stack.demo(&["load", "--customers", "150"]).await;
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    let sizes = ["--partner-records", "60", "--webhooks", "50", "--touched", "10"];
    let ran = stack.demo(&[&["run"], &sizes[..]].concat()).await;
    let shown = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(ran.status.success(), "{}{}", shown[0], shown[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_refers_to_one_that_geniacs_lacks_goes_by_itself_once_that_is_there() {
    let stack = stack().await;
    stack.database.execute(ROWS).await;
    stack.database.execute("UPDATE customer_subscriptions SET nas_server_id = NULL").await;
    let early = stack.run_of("subscriptions", "full", "to_geniacs").await;
    assert_eq!((&early["summary"]["failed"], &early["next_retry_at"]), (&json!(1), &Value::Null), "{early}");
    assert_eq!(early["errors"][0]["error_type"], "unresolved_reference", "{early}");
    assert!(there(&stack, "subscriptions").await.is_empty());

    stack.run_of("customers", "full", "to_geniacs").await;
    let customer = geniacs_id(&stack, "customers", 1).await;
    eventually("the subscription follows its customer", LIMIT, async || {
        let records = there(&stack, "subscriptions").await;
        (records.first()?["fields"]["customer_id"] == customer.as_str()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_comes_before_the_one_it_refers_to_arrives_once_that_is_here() {
    let stack = stack().await;
    for entity in ["nas_servers", "customers", "subscriptions"] {
        stack.admin("seed", &json!({"entity": entity, "count": 5, "seed": 7})).await;
    }

    let early = stack.run_of("subscriptions", "full", "from_geniacs").await;
    assert_eq!(early["summary"]["failed"], 5, "{early}");
    assert_eq!(early["errors"][0]["error_type"], "unresolved_reference", "{early}");

    for entity in ["nas_servers", "customers"] {
        let pull = stack.run_of(entity, "full", "from_geniacs").await;
        assert_eq!(pull["summary"]["created"], 5, "{pull}");
    }

    let here = "SELECT count(*) FROM customer_subscriptions s JOIN customers c ON c.id = s.customer_id
        JOIN nas_servers n ON n.id = s.nas_server_id";
    eventually("the subscriptions follow what they refer to", LIMIT, async || {
        (stack.database.ask(here).await == "5").then_some(())
    })
    .await;

    for record in there(&stack, "subscriptions").await {
        let sql = format!(
            "SELECT c.geniacs_customer_id FROM customer_subscriptions s JOIN customers c ON c.id = s.customer_id
             WHERE s.geniacs_subscription_id = '{}'",
            record["id"].as_str().expect("an id")
        );
        assert_eq!(record["fields"]["customer_id"], stack.database.ask(&sql).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_payment_marks_its_invoice_paid_at_the_time_of_the_event() {
    let stack = stack().await;
    stack.database.execute(ROWS).await;
    push_everything(&stack).await;
    let payment = geniacs_id(&stack, "payments", 1).await;

    let event = json!({
        "event_id": "evt_1", "event_type": "payment.completed", "timestamp": "2026-01-15T08:30:00Z",
        "data": {"payment_id": payment, "payment_status": "success"},
    });
    assert_eq!(stack.webhook(&event).await, 200);
    stack.events_ended().await;

    let shown = "SELECT concat_ws(' ', p.status, i.status, i.paid_amount, i.paid_at = '2026-01-15T08:30:00Z',
            p.paid_at = '2026-01-15T08:30:00Z') FROM payments p JOIN invoices i ON i.id = p.invoice_id";
    assert_eq!(stack.database.ask(shown).await, "success paid 183150.50 t t");
}
