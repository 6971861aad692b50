//! A gateway with a database of its own.

use api_gateway::Gateway;
use domain::Role;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrets::{ExposeSecret as _, KeyRing, Place, Token};
use serde_json::{Value, json};
use service::{CancellationToken, Settings};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use storage::people::tokens::{NewToken, Use};
use storage::people::users::{NewUser, User};
use storage::people::{tokens, users};
use test_support::TestDatabase;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A running gateway; it and its database end with this value.
pub(crate) struct Stand {
    pub(crate) database: TestDatabase,
    pub(crate) keys: String,
    address: String,
    http: reqwest::Client,
    shutdown: CancellationToken,
    admin: String,
    operator: String,
    viewer: String,
    gateway: Option<Gateway>,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Stand {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with further settings.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let url = database.url().to_owned();
        Self::start_at(database, &url, settings).await
    }

    /// Starts a gateway that reaches its database at `url`.
    pub(crate) async fn start_at(database: TestDatabase, url: &str, settings: &[(&str, &str)]) -> Self {
        service::install_tls_provider();
        let keys = KeyRing::generate_entry("test");
        let shutdown = CancellationToken::new();
        let settings = Settings::from_map(variables(url, &keys, settings)).unwrap();
        let gateway = api_gateway::start(settings, shutdown.clone()).await.unwrap();

        let mut stand = Self {
            address: format!("http://{}", gateway.address),
            http: reqwest::Client::builder().no_proxy().no_gzip().build().unwrap(),
            database,
            keys,
            shutdown,
            admin: String::new(),
            operator: String::new(),
            viewer: String::new(),
            gateway: Some(gateway),
        };

        stand.admin = stand.token(Role::Admin).await;
        stand.operator = stand.token(Role::Operator).await;
        stand.viewer = stand.token(Role::Viewer).await;
        stand
    }

    /// Stops the gateway and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.shutdown.cancel();
        self.gateway.take().unwrap().join().await.unwrap();
    }

    /// A user of this role without a usable password, and a token of theirs.
    async fn token(&self, role: Role) -> String {
        let user = self.user(role, "none").await;
        self.token_of(&user, role).await
    }

    /// Another token of another user.
    pub(crate) async fn fresh_token(&self, role: Role) -> String {
        self.token(role).await
    }

    pub(crate) async fn token_of(&self, user: &User, role: Role) -> String {
        let token = Token::generate();
        let hash = token.hash();

        let new = NewToken {
            user_id: user.id,
            name: "test",
            token_hash: &hash,
            role,
            lifetime_seconds: None,
            is_session: false,
            user: Use::default(),
        };

        tokens::insert(&mut *self.database.connection().await, &new).await.unwrap();
        token.expose().to_owned()
    }

    /// A user with this password hash.
    pub(crate) async fn user(&self, role: Role, password_hash: &str) -> User {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let email = format!("{role}-{}@example.com", NUMBER.fetch_add(1, Ordering::Relaxed));
        let new = NewUser { email: &email, name: "Somebody", role, password_hash };
        users::insert(&mut *self.database.connection().await, new).await.unwrap()
    }

    /// A user who can sign in with [`PASSWORD`].
    pub(crate) async fn user_with_password(&self, role: Role) -> User {
        self.user(role, &secrets::hash_password(PASSWORD).unwrap()).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// An administrator's token.
    pub(crate) fn admin(&self) -> &str {
        &self.admin
    }

    pub(crate) fn origin(&self) -> &str {
        &self.address
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path).bearer_auth(&self.viewer)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).bearer_auth(&self.admin).json(body)).await
    }

    pub(crate) async fn post_as(&self, role: Role, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).bearer_auth(self.token_for(role)).json(body)).await
    }

    pub(crate) async fn change(&self, method: Method, path: &str, body: &Value) -> Answer {
        send(self.request(method, path).bearer_auth(&self.admin).json(body)).await
    }

    pub(crate) async fn get_as(&self, role: Role, path: &str) -> Answer {
        send(self.request(Method::GET, path).bearer_auth(self.token_for(role))).await
    }

    pub(crate) fn token_for(&self, role: Role) -> &str {
        match role {
            Role::Viewer => &self.viewer,
            Role::Operator => &self.operator,
            Role::Admin => &self.admin,
        }
    }

    /// Walks an uncounted list to its end and gives `field` of every item, as JSON text.
    pub(crate) async fn walk(&self, path: &str, plural: &str, field: &str) -> Vec<String> {
        let (mut seen, mut next) = (Vec::new(), path.to_owned());
        loop {
            let answer = self.get(&next).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let data = &answer.body["data"];
            seen.extend(data[plural].as_array().unwrap().iter().map(|item| item[field].to_string()));
            let Some(cursor) = data["next_cursor"].as_str() else { return seen };
            next = format!("{path}&after={cursor}");
        }
    }

    /// Makes an integration and gives its id.
    pub(crate) async fn integration(&self, name: &str) -> i64 {
        let answer = self.post("/api/geniacs/integrations", &integration(name)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["data"]["integration"]["id"].as_i64().unwrap()
    }

    /// What one number a query gives.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        use diesel_async::RunQueryDsl as _;
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let mut connection = self.database.connection().await;
        diesel::sql_query(sql).get_result::<Row>(&mut *connection).await.unwrap().count
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) fn variables(url: &str, keys: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let base = [
        ("DATABASE_URL", url),
        // Nobody listens there: everything must work through the outbox.
        ("AMQP_URL", "amqp://127.0.0.1:1"),
        ("GENIACS_ENCRYPTION_KEYS", keys),
        ("GENIACS_OUTBOUND__ALLOW_HTTP", "true"),
        ("GENIACS_OUTBOUND__ALLOW", "127.0.0.0/8"),
        ("GENIACS_DATABASE__POOL_SIZE", "4"),
        ("GENIACS_DATABASE__ROLE", "geniacs_gateway"),
    ];
    base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The specification's example of an integration.
pub(crate) fn integration(name: &str) -> Value {
    json!({
        "name": name,
        "description": "Secondary integration for backup purposes",
        "endpoint_url": "https://api.geniacs.com/v1/",
        "api_version": "v1",
        "api_key": "geniacs_api_key_12345",
        "api_secret": "geniacs_api_secret_67890",
        "webhook_url": "https://example.com/geniacs/webhook",
        "webhook_secret": "webhook_secret_abcdef",
        "is_active": true,
        "sync_enabled": true,
        "configuration": {
            "auto_sync": true, "sync_interval": "10m", "retry_failed": true, "max_retries": 5, "timeout_seconds": 60
        },
        "rate_limits": {"requests_per_minute": 100, "requests_per_hour": 1000, "requests_per_day": 10000}
    })
}

/// A secret of an integration, as it lies in its column, opened.
pub(crate) async fn opened(stand: &Stand, id: i64, column: &'static str) -> String {
    let sealed = stand.database.ask(&format!("SELECT {column} FROM geniacs_integrations WHERE id = {id}")).await;
    let place = Place { table: "geniacs_integrations", column, row: id };
    KeyRing::parse(&stand.keys).unwrap().open(&place, &sealed).unwrap().expose_secret().to_owned()
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"));
    Answer { status, headers, body }
}

impl Answer {
    /// The fields that a refusal names, sorted.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let details = self.body["error"]["details"].as_array().unwrap();
        let mut fields: Vec<&str> = details.iter().map(|detail| detail["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        fields
    }

    /// Asserts a failure in the envelope.
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["success"], false);
        assert_eq!(self.body["error"]["code"], code, "{}", self.body);
        assert!(self.body["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert!(self.body["error"]["details"].is_array());
        assert_eq!(self.body["error"]["request_id"], self.headers["x-request-id"].to_str().unwrap());
    }
}
