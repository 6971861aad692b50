//! A log on a database of its own.

use std::sync::Arc;

use audit_chain::{AuditChain, ChainError, Noted, Problem, Report};
use secrets::KeyRing;
use storage::AsyncConnection as _;
use storage::people::audit::Entry;
use test_support::TestDatabase;

/// As the row is when the schema is made.
pub(crate) const BLANK: &str = "DELETE FROM audit_chain; INSERT INTO audit_chain (id) VALUES (1)";

pub(crate) struct Log {
    pub(crate) database: TestDatabase,
    pub(crate) chain: AuditChain,
}

pub(crate) fn ring(text: &str) -> Arc<KeyRing> {
    Arc::new(KeyRing::parse(text).unwrap())
}

pub(crate) fn entry(number: i64) -> Entry<'static> {
    Entry {
        user_id: Some(number),
        actor: "siti@example.com",
        address: Some([127, 0, 0, 1].into()),
        action: "mapping.updated",
        subject_type: "mapping",
        subject_id: Some(number),
        before: serde_json::from_str(r#"{"b": "é", "a": 1.50}"#).ok(),
        after: None,
        request_id: Some("r-1"),
    }
}

impl Log {
    pub(crate) async fn new() -> Self {
        let chain = AuditChain::new(ring(&KeyRing::generate_entry("k1")));
        Self { database: TestDatabase::create().await, chain }
    }

    pub(crate) async fn with(entries: i64) -> Self {
        let log = Self::new().await;
        for number in 1..=entries {
            log.add(number).await.unwrap();
        }
        log
    }

    pub(crate) async fn add(&self, number: i64) -> Result<(), ChainError> {
        let chain = self.chain.clone();
        let mut connection = self.database.connection().await;
        connection.transaction(async move |c| chain.add(c, &entry(number)).await).await
    }

    pub(crate) async fn verify(&self) -> Report {
        self.chain.verify(&mut *self.database.connection().await, None).await.unwrap()
    }

    pub(crate) async fn verify_noted(&self, noted: &Noted) -> Option<Problem> {
        self.chain.verify(&mut *self.database.connection().await, Some(noted)).await.unwrap().problem
    }

    pub(crate) async fn prune(&self, days: u32) -> usize {
        let chain = self.chain.clone();
        let mut connection = self.database.connection().await;
        connection.transaction(async move |c| chain.prune(c, days).await).await.unwrap().deleted
    }
}

pub(crate) fn clock(time: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT {}'",
        time.replace('\'', "''")
    )
}
