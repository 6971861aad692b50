//! Secrets are planted everywhere, and whatever the system says is searched for them.

mod evidence;
mod needle;
mod stubs;

use base64::Engine as _;
use end_to_end::{LIMIT, Stack, StackOptions};
use evidence::{Copies, Evidence};
use geniacs_simulator::Config;
use needle::Needle;
use reqwest::Method;
use secrets::KeyRing;
use serde_json::{Value, json};
use stubs::Stub;
use test_support::eventually;
use uuid::Uuid;

/// What everything goes through: each answer is kept.
struct Witness {
    stack: Stack,
    http: reqwest::Client,
    evidence: Evidence,
    needles: Vec<Needle>,
}

/// Something unique to search for.
fn planted(word: &str) -> String {
    format!("{word}-{}", Uuid::new_v4().simple())
}

impl Witness {
    fn plant(&mut self, name: &'static str, secret: impl AsRef<[u8]>) {
        self.needles.push(Needle::new(name, secret));
    }

    fn plant_new(&mut self, name: &'static str) -> String {
        let secret = planted("planted");
        self.plant(name, &secret);
        secret
    }

    /// A call as the administrator; the answer is kept and given.
    async fn call(&mut self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let token = self.stack.token().to_owned();
        let (status, answer, _) = self.ask(method, path, &token, body).await;
        self.evidence.add(format!("answer of {path}"), answer.to_string());
        (status, answer)
    }

    /// A call whose answer is not kept: it may show what it made.
    async fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> (u16, Value, String) {
        let request = self.http.request(method, format!("{}{path}", self.stack.gateway.url()));
        let answer = request.bearer_auth(token).json(body).send().await.expect("the gateway answers");
        let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        (status, answer.json().await.unwrap_or_default(), headers)
    }

    async fn of_integration(&mut self, what: &str, body: &Value) -> (u16, Value) {
        let path = format!("/api/geniacs/integrations/{}/{what}", self.stack.integration_id);
        self.call(Method::POST, &path, body).await
    }

    async fn edit(&mut self, body: &Value) -> u16 {
        let path = format!("/api/geniacs/integrations/{}", self.stack.integration_id);
        self.call(Method::PATCH, &path, body).await.0
    }

    /// Triggers a sync and waits for its end, or until it waits.
    async fn sync(&mut self, entity: &str, direction: &str) -> Value {
        let id = self.stack.trigger_of(entity, "full", direction).await;
        let path = format!("/api/geniacs/sync/{id}/status");

        let stopped = eventually("the sync ends or waits", LIMIT, async || {
            let sync = self.stack.get(&path).await;
            let state = &sync["data"]["sync"];
            (!state["completed_at"].is_null() || !state["next_retry_at"].is_null() || state["status"] == "pending")
                .then_some(sync)
        })
        .await;

        self.evidence.add("answer of a sync's status", stopped.to_string());
        self.call(Method::POST, &format!("/api/geniacs/sync/{id}/cancel"), &json!({})).await;
        self.stack.ended(id).await;
        stopped
    }

    async fn webhook(&mut self, signature: &str, body: &str) -> u16 {
        let request = self.http.post(self.stack.webhook_url()).header("content-type", "application/json");
        let answer = request.header("x-geniacs-signature", signature).body(body.to_owned()).send().await;
        let answer = answer.expect("the ingest answers");
        let status = answer.status().as_u16();
        self.evidence.add("answer to a webhook", answer.text().await.expect("a body"));
        status
    }
}

async fn start(collector: &Stub) -> (Witness, Config) {
    let (api_key, api_secret) = (planted("api-key"), planted("api-secret"));
    let ring = KeyRing::generate_entry("planted");
    let settings = vec![
        ("GENIACS_LOG_LEVEL", "trace".to_owned()),
        ("GENIACS_TELEMETRY__OTLP_ENDPOINT", collector.url.clone()),
        ("GENIACS_ENCRYPTION_KEYS", ring.clone()),
    ];
    let partner = Config { api_key: api_key.clone(), api_secret: api_secret.clone(), ..Config::default() };
    let own = partner.clone();
    let stack = Stack::start(StackOptions { settings, partner, ..StackOptions::default() }).await;

    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut witness = Witness { stack, http, evidence: Evidence::default(), needles: Vec::new() };
    witness.plant("the API key", api_key);
    witness.plant("the API secret", api_secret);

    let key = ring.split_once(':').expect("an entry").1;
    witness.plant("the encryption key", base64::engine::general_purpose::STANDARD.decode(key).expect("base64"));
    let (secret, token) = (witness.stack.webhook_secret.clone(), witness.stack.token().to_owned());
    witness.plant("the first webhook secret", secret);
    witness.plant("the bearer token", token);

    for (name, setting) in
        [("the database password", "GENIACS_DATABASE__URL"), ("the broker password", "GENIACS_BROKER__URL")]
    {
        let url: reqwest::Url = witness.stack.settings()[setting].parse().expect("an address");
        if let Some(password) = url.password().filter(|password| password.len() >= 12) {
            witness.plant(name, password);
        }
    }

    (witness, own)
}

/// A person signs in, rightly and wrongly, and makes themselves known by what nobody knows.
async fn people(witness: &mut Witness) {
    let (password, wrong) = (witness.plant_new("a password"), witness.plant_new("a wrong password"));
    let hash = secrets::hash_password(&password).expect("a hash");
    let mut connection = witness.stack.database.connection().await;
    let (email, name, role) = ("siti@example.com", "Siti", domain::Role::Operator);
    let new = storage::people::users::NewUser { email, name, role, password_hash: &hash };
    storage::people::users::insert(&mut connection, new).await.expect("the user is stored");

    let login = |password: &str| json!({"email": email, "password": password});
    let (status, answer, headers) = witness.ask(Method::POST, "/api/auth/login", "", &login(&password)).await;
    assert_eq!(status, 200, "{answer}");
    let token = answer["data"]["token"].as_str().expect("a token").to_owned();
    assert!(headers.contains(&token), "it is the cookie too");
    witness.plant("the token of a login", &token);
    witness.ask(Method::GET, "/api/auth/me", &token, &Value::Null).await;

    assert_eq!(witness.call(Method::POST, "/api/auth/login", &login(&wrong)).await.0, 401);
    assert_eq!(witness.call(Method::POST, "/api/auth/login", &json!({"email": password, "password": 7})).await.0, 422);
    let nobody = witness.plant_new("a token that nobody has");
    assert_eq!(witness.ask(Method::GET, "/api/geniacs/integrations", &nobody, &Value::Null).await.0, 401);
}

/// Records go both ways, with the provider's own secrets among them and personal data that does not pass.
async fn records(witness: &mut Witness) {
    let (secret, community) = (witness.plant_new("a NAS secret"), witness.plant_new("a NAS community"));
    let sql =
        format!("INSERT INTO nas_servers (nasname, secret, community) VALUES ('nas-1', '{secret}', '{community}')");
    witness.stack.database.execute(&sql).await;
    let mapping = json!({"integration_id": witness.stack.integration_id, "entity_type": "nas_servers",
        "local_field": "secret", "geniacs_field": "nas_server_secret", "field_type": "string"});
    assert_eq!(witness.call(Method::POST, "/api/geniacs/mappings", &mapping).await.0, 422);
    assert_eq!(witness.sync("nas_servers", "to_geniacs").await["data"]["sync"]["status"], "success");

    witness.stack.database.execute("DELETE FROM nas_servers").await;
    crate::syncs::load_customers(&witness.stack, 5).await;
    witness.stack.database.execute("UPDATE customers SET email = 'no address of anybody' WHERE id = 3").await;
    assert_eq!(witness.sync("customers", "to_geniacs").await["data"]["sync"]["status"], "partial");
    witness.sync("customers", "from_geniacs").await;

    for path in ["records/nas_servers", "records/customers", "logs", "syncs", "integrations", "webhook-events"] {
        witness.call(Method::GET, &format!("/api/geniacs/{path}?limit=100"), &Value::Null).await;
    }
}

async fn webhooks(witness: &mut Witness) {
    let body = json!({"event_id": "evt_1", "event_type": "customer.created", "timestamp": "2026-01-01T10:00:00Z",
        "data": {"customer_id": "c1", "customer_name": "Budi", "customer_email": "b@example.co.id"}});
    let (text, secret) = (body.to_string(), witness.stack.webhook_secret.clone());
    let signed = |secret: &str, text: &str| secrets::sign_hex(secret.as_bytes(), &[text.as_bytes()]);
    assert_eq!(witness.webhook(&signed(&secret, &text), &text).await, 200);
    // Somebody takes the secret itself for the signature.
    assert_eq!(witness.webhook(&secret, &text).await, 400);
    assert_eq!(witness.webhook(&signed(&secret, "{no JSON"), "{no JSON").await, 400);

    let path = format!("/api/geniacs/integrations/{}/rotate-webhook-secret", witness.stack.integration_id);
    let (status, answer, _) = witness.ask(Method::POST, &path, witness.stack.token(), &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    let new = answer["data"]["integration"]["webhook_secret"].as_str().expect("the new secret").to_owned();
    witness.plant("the second webhook secret", &new);

    let other = text.replace("evt_1", "evt_2");
    assert_eq!(witness.webhook(&signed(&new, &other), &other).await, 200);
    assert_eq!(witness.webhook(&signed(&secret, &other), &other).await, 200);
}

/// Keys that are wrong, refused, too long, and said back by the partner.
async fn credentials(witness: &mut Witness, own: &Config) {
    let (wrong, secret) = (witness.plant_new("a wrong API key"), witness.plant_new("a wrong API secret"));
    let pair = json!({"api_key": wrong, "api_secret": secret});
    assert_eq!(witness.of_integration("rotate-credentials", &pair).await.0, 422);
    assert_eq!(witness.edit(&json!({"api_key": format!("{wrong} with a blank"), "api_secret": [secret]})).await, 422);
    assert_eq!(witness.edit(&pair).await, 200);
    assert_eq!(
        witness.of_integration("test-connection", &json!({})).await.1["data"]["connection_test"]["status"],
        "failed"
    );

    witness.sync("customers", "to_geniacs").await;
    let old = json!({"api_key": own.api_key, "api_secret": own.api_secret});
    assert_eq!(witness.of_integration("rotate-credentials", &old).await.0, 200);

    let right = witness.stack.partner.base_url();
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "422 Unprocessable Content",
        "307 Temporary Redirect",
        "500 Oops",
        "200 OK",
    ] {
        let echo = Stub::echo(status).await;
        let elsewhere = json!({"endpoint_url": echo.url, "api_key": own.api_key, "api_secret": own.api_secret});
        assert_eq!(witness.edit(&elsewhere).await, 200);
        witness.of_integration("test-connection", &json!({})).await;
        witness.stack.database.execute("UPDATE customers SET name = name || '!'").await;
        for direction in ["to_geniacs", "from_geniacs"] {
            witness.sync("customers", direction).await;
        }
        assert!(!echo.bodies().is_empty(), "{status}");
    }

    let back =
        json!({"endpoint_url": right, "name": "Canary Islands", "api_key": own.api_key, "api_secret": own.api_secret});
    assert_eq!(witness.edit(&back).await, 200);

    let path = format!("/api/geniacs/integrations/{}", witness.stack.integration_id);
    witness.call(Method::GET, &path, &Value::Null).await;
    witness.call(Method::GET, &format!("{path}/health"), &Value::Null).await;
    witness.call(Method::GET, "/api/geniacs/logs?limit=100", &Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_planted_secret_is_in_anything_that_the_system_says_or_keeps() {
    let collector = Stub::collector().await;
    let (mut witness, own) = start(&collector).await;
    let copies = Copies::of(&witness.stack).await;

    people(&mut witness).await;
    webhooks(&mut witness).await;
    records(&mut witness).await;
    credentials(&mut witness, &own).await;
    witness.stack.events_ended().await;

    let Witness { mut stack, mut evidence, needles, .. } = witness;
    copies.add_to(&mut evidence).await;
    evidence.add_database(&stack).await;
    evidence.add_processes(&stack).await;

    // Ends flush their spans.
    for process in [&mut stack.gateway, &mut stack.ingest, &mut stack.scheduler].into_iter().chain(&mut stack.workers) {
        process.stop();
        evidence.add("log to the end", process.log().join("\n"));
    }
    collector.bodies().into_iter().for_each(|spans| evidence.add("spans", spans));

    for kind in ["answer", "message", "table", "log of", "metrics of", "spans"] {
        assert!(evidence.size(kind) > 1_000, "there is hardly any {kind}");
    }

    let found: Vec<_> = needles.iter().map(|needle| (needle.name, evidence.places_of(needle))).collect();
    assert!(found.iter().all(|(_, places)| places.is_empty()), "{found:#?}");

    // The search does find what is there.
    let canary = evidence.places_of(&Needle::new("a name", "Canary Islands"));
    assert!(
        canary.contains(&"table geniacs_integrations") && canary.iter().any(|p| p.starts_with("answer")),
        "{canary:?}"
    );
    assert!(evidence.places_of(&Needle::new("an attribute", "http.response.status_code")).contains(&"spans"));
}
