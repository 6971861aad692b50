//! Entries against a real PostgreSQL: written, pruned, and tampered with.
#![cfg(test)]

use audit_chain::{AuditChain, ChainError, Noted, Problem, Report};
use secrets::KeyRing;
use std::sync::Arc;
use storage::AsyncConnection as _;
use storage::audit::Entry;
use test_support::TestDatabase;

struct Log {
    database: TestDatabase,
    chain: AuditChain,
}

fn ring(text: &str) -> Arc<KeyRing> {
    Arc::new(KeyRing::parse(text).unwrap())
}

fn entry(number: i64) -> Entry<'static> {
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
    async fn new() -> Self {
        let chain = AuditChain::new(ring(&KeyRing::generate_entry("k1")));
        Self { database: TestDatabase::create().await, chain }
    }

    async fn with(entries: i64) -> Self {
        let log = Self::new().await;
        for number in 1..=entries {
            log.add(number).await.unwrap();
        }
        log
    }

    async fn add(&self, number: i64) -> Result<(), ChainError> {
        let chain = self.chain.clone();
        let mut connection = self.database.connection().await;
        connection.transaction(async move |c| chain.add(c, &entry(number)).await).await
    }

    async fn verify(&self) -> Report {
        self.chain.verify(&mut *self.database.connection().await, None).await.unwrap()
    }

    async fn verify_noted(&self, noted: &Noted) -> Option<Problem> {
        self.chain.verify(&mut *self.database.connection().await, Some(noted)).await.unwrap().problem
    }

    async fn prune(&self, days: u32) -> usize {
        let chain = self.chain.clone();
        let mut connection = self.database.connection().await;
        connection.transaction(async move |c| chain.prune(c, days).await).await.unwrap().deleted
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_touched_verifies() {
    let log = Log::new().await;
    let empty = log.verify().await;
    assert_eq!((empty.checked, empty.problem), (0, None));
    for number in 1..=5 {
        log.add(number).await.unwrap();
    }
    let report = log.verify().await;
    assert_eq!((report.checked, report.unchained, report.removed_upto, report.problem), (5, 0, 0, None));
    assert!(report.head.to_string().starts_with("5:"), "{}", report.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_leaves_no_gap_and_writers_at_once_wait_for_one_another() {
    let log = Log::with(1).await;
    let chain = log.chain.clone();
    let mut connection = log.database.connection().await;
    let undone: Result<(), ChainError> = connection
        .transaction(async move |c| {
            chain.add(c, &entry(0)).await?;
            Err(storage::Error::RollbackTransaction.into())
        })
        .await;
    assert!(undone.is_err());
    let written = futures(&log, 12).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    let report = log.verify().await;
    assert_eq!((report.checked, report.problem), (13, None));
}

async fn futures(log: &Log, count: i64) -> Vec<Result<(), ChainError>> {
    let mut writing = Vec::new();
    for number in 0..count {
        let (chain, pool) = (log.chain.clone(), log.database.pool(1));
        writing.push(tokio::spawn(async move {
            let mut connection = storage::pool::get(&pool).await.unwrap();
            connection.transaction(async move |c| chain.add(c, &entry(number)).await).await
        }));
    }
    let mut written = Vec::new();
    for one in writing {
        written.push(one.await.unwrap());
    }
    written
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_entry_that_was_changed_in_any_column_is_named() {
    let changes = [
        "user_id = 9",
        "user_id = NULL",
        "actor = 'budi@example.com'",
        "address = '127.0.0.2'",
        "address = NULL",
        "action = 'mapping.deleted'",
        "subject_type = 'schedule'",
        "subject_id = 4",
        "before = '{\"b\": \"e\", \"a\": 1.50}'",
        "before = '{\"b\": \"é\", \"a\": 1.5}'",
        "after = 'null'",
        "request_id = NULL",
        "created_at = created_at + interval '1 microsecond'",
        "mac = decode(repeat('00', 32), 'hex')",
    ];
    let log = Log::with(4).await;
    for change in changes {
        let kept = "CREATE TABLE kept AS SELECT * FROM audit_log WHERE seq = 3";
        log.database.execute(&format!("{kept}; UPDATE audit_log SET {change} WHERE seq = 3")).await;
        assert_eq!(log.verify().await.problem, Some(Problem::Changed { number: 3, id: 3 }), "{change}");
        let back = "DELETE FROM audit_log WHERE id = 3; INSERT INTO audit_log SELECT * FROM kept; DROP TABLE kept";
        log.database.execute(back).await;
    }
    assert_eq!(log.verify().await.problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_taken_out_of_the_middle_is_missed() {
    let log = Log::with(5).await;
    log.database.execute("DELETE FROM audit_log WHERE seq = 3").await;
    let report = log.verify().await;
    assert_eq!((report.checked, report.problem), (2, Some(Problem::Missing { number: 3 })));
    // Closing the gap does not help.
    log.database.execute("UPDATE audit_log SET seq = seq - 1 WHERE seq = 4").await;
    assert_eq!(log.verify().await.problem, Some(Problem::Changed { number: 3, id: 4 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_or_a_beginning_that_was_cut_off_is_missed() {
    let log = Log::with(5).await;
    log.database.execute("CREATE TABLE kept AS SELECT * FROM audit_log").await;
    log.database.execute("DELETE FROM audit_log WHERE seq > 3").await;
    assert_eq!(log.verify().await.problem, Some(Problem::Missing { number: 4 }));
    let end = "UPDATE audit_chain SET seq = 3, mac = (SELECT mac FROM audit_log WHERE seq = 3)";
    log.database.execute(end).await;
    assert_eq!(log.verify().await.problem, Some(Problem::EndsChanged));

    let log = Log::with(5).await;
    let beginning = "UPDATE audit_chain SET anchor_seq = 2, anchor_mac = (SELECT mac FROM audit_log WHERE seq = 2);
        DELETE FROM audit_log WHERE seq < 3";
    log.database.execute(beginning).await;
    assert_eq!(log.verify().await.problem, Some(Problem::EndsChanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_pair_is_noticed() {
    let log = Log::with(4).await;
    // Their places in the chain are exchanged, with and without their signatures.
    let swap = "UPDATE audit_log SET seq = -1 WHERE id = 2; UPDATE audit_log SET seq = 2 WHERE id = 3;
        UPDATE audit_log SET seq = 3 WHERE id = 2";
    log.database.execute(swap).await;
    assert_eq!(log.verify().await.problem, Some(Problem::Missing { number: 2 }));
    let macs = "UPDATE audit_log a SET mac = b.mac FROM audit_log b WHERE (a.id, b.id) IN ((2, 3), (3, 2))";
    log.database.execute(macs).await;
    assert!(log.verify().await.problem.is_some());

    let log = Log::with(4).await;
    let contents = "UPDATE audit_log a SET subject_id = b.subject_id, user_id = b.user_id
        FROM audit_log b WHERE (a.id, b.id) IN ((2, 3), (3, 2))";
    log.database.execute(contents).await;
    assert_eq!(log.verify().await.problem, Some(Problem::Changed { number: 2, id: 2 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inserted_row_is_noticed_with_a_number_or_without() {
    let log = Log::with(3).await;
    let insert = "INSERT INTO audit_log (actor, action, subject_type) VALUES ('x', 'user.created', 'user')";
    log.database.execute(insert).await;
    assert_eq!(log.verify().await.problem, Some(Problem::Inserted { id: 4 }));
    log.database
        .execute("UPDATE audit_log SET seq = 4, mac = (SELECT mac FROM audit_log WHERE seq = 3) WHERE id = 4")
        .await;
    assert_eq!(log.verify().await.problem, Some(Problem::Changed { number: 4, id: 4 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_from_before_the_chain_are_counted_and_not_vouched_for() {
    let log = Log::new().await;
    let old = "INSERT INTO audit_log (actor, action, subject_type) SELECT 'x', 'user.created', 'user' FROM generate_series(1, 3)";
    log.database.execute(old).await;
    assert_eq!(log.verify().await.unchained, 3);
    log.add(1).await.unwrap();
    let report = log.verify().await;
    assert_eq!((report.checked, report.unchained, report.problem), (1, 3, None));
    log.database.execute("UPDATE audit_chain SET starts_after = 100").await;
    assert_eq!(log.verify().await.problem, Some(Problem::EndsChanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_unsigned_entries_than_there_were_when_the_chain_began_are_noticed_wherever_they_stand() {
    let log = Log::new().await;
    let old = "INSERT INTO audit_log (id, actor, action, subject_type) SELECT n, 'x', 'user.created', 'user' FROM generate_series(10, 12) n;
        SELECT setval(pg_get_serial_sequence('audit_log', 'id'), 12)";
    log.database.execute(old).await;
    for number in 1..=2 {
        log.add(number).await.unwrap();
    }
    assert_eq!(log.verify().await.problem, None);

    let older = "INSERT INTO audit_log (id, actor, action, subject_type) VALUES (5, 'x', 'user.created', 'user')";
    log.database.execute(older).await;
    assert_eq!(log.verify().await.problem, Some(Problem::Inserted { id: 12 }));
    log.database.execute("UPDATE audit_chain SET older_entries = 4").await;
    assert_eq!(log.verify().await.problem, Some(Problem::EndsChanged));
    log.database.execute("UPDATE audit_chain SET older_entries = NULL, older_mac = NULL").await;
    log.add(3).await.unwrap();
    assert_eq!(log.verify().await.problem, Some(Problem::EndsChanged), "nothing counts them a second time");
}

/// As the row is when the schema is made.
const BLANK: &str = "DELETE FROM audit_chain; INSERT INTO audit_chain (id) VALUES (1)";

#[tokio::test(flavor = "multi_thread")]
async fn writing_the_tables_cannot_begin_the_log_anew() {
    let ways = [
        ("UPDATE audit_log SET seq = NULL, mac = NULL, actor = 'somebody else'", "a forged log"),
        ("DELETE FROM audit_log", "an empty log"),
        ("TRUNCATE audit_log", "a truncated log"),
        ("DELETE FROM audit_log WHERE seq > 1", "a log that was cut"),
    ];
    for (forge, what) in ways {
        let log = Log::with(3).await;
        log.database.execute(&format!("{forge}; {BLANK}")).await;
        let found = log.verify().await.problem;
        assert!(found.is_some(), "{what}");

        // Changes go on being written down, and nothing of that hides what was done.
        for number in 4..=6 {
            log.add(number).await.unwrap();
            assert!(log.verify().await.problem.is_some(), "{what}");
        }
        let said = "SELECT count(*) FROM audit_log WHERE action = 'audit_chain.restarted'";
        assert_eq!(log.database.ask(said).await, "1", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_log_that_goes_on_is_said_to_have_been_restarted() {
    let log = Log::with(3).await;
    log.database.execute(&format!("DELETE FROM audit_log; {BLANK}")).await;
    assert_eq!(log.verify().await.problem, Some(Problem::EndsChanged));

    log.add(4).await.unwrap();
    assert_eq!(log.verify().await.problem, Some(Problem::Restarted { number: 1 }));
    log.database.execute("UPDATE audit_log SET action = 'user.created' WHERE seq = 1").await;
    assert_eq!(log.verify().await.problem, Some(Problem::Changed { number: 1, id: 4 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_row_of_the_chain_cannot_be_taken_away() {
    let log = Log::with(3).await;
    log.database.execute("DELETE FROM audit_chain").await;
    assert_eq!(log.verify().await.problem, Some(Problem::EndsMissing));
    log.chain.settle(&mut *log.database.connection().await).await.unwrap();
    assert_eq!(log.verify().await.problem, Some(Problem::EndsMissing));

    log.add(4).await.unwrap();
    assert!(log.verify().await.problem.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_was_cut_off_is_not_hidden_by_the_next_entry() {
    let log = Log::with(5).await;
    let cut = "DELETE FROM audit_log WHERE seq > 3;
        UPDATE audit_chain SET seq = 3, mac = (SELECT mac FROM audit_log WHERE seq = 3)";
    log.database.execute(cut).await;
    log.add(6).await.unwrap();
    assert_eq!(log.verify().await.problem, Some(Problem::Restarted { number: 4 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_does_not_sign_what_somebody_else_changed() {
    let log = Log::new().await;
    log.database.execute(&clock("now() - interval '40 days'")).await;
    for number in 1..=3 {
        log.add(number).await.unwrap();
    }
    log.database.execute(&clock("now()")).await;
    log.database.execute("UPDATE audit_chain SET seq = 2, mac = (SELECT mac FROM audit_log WHERE seq = 2)").await;

    let chain = log.chain.clone();
    let mut connection = log.database.connection().await;
    let refused = connection.transaction(async move |c| chain.prune(c, 30).await).await.unwrap_err();
    assert!(matches!(refused, ChainError::Changed), "{refused}");
    assert_eq!(log.database.ask("SELECT count(*) FROM audit_log").await, "3");
}

/// A chain as the version before made it.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_began_with_an_earlier_version_verifies_and_is_protected_from_then_on() {
    let log = Log::with(1).await;
    let earlier = "UPDATE audit_chain SET older_entries = NULL, older_mac = NULL;
        SELECT setval('audit_chain_begun', 1, false)";
    log.database.execute(earlier).await;
    assert_eq!(log.verify().await.problem, None);

    log.chain.settle(&mut *log.database.connection().await).await.unwrap();
    assert_eq!(log.verify().await.problem, None);
    log.database.execute(&format!("DELETE FROM audit_log; {BLANK}")).await;
    assert_eq!(log.verify().await.problem, Some(Problem::EndsChanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_entry_that_was_rolled_back_leaves_the_log_as_it_was() {
    let log = Log::new().await;
    let chain = log.chain.clone();
    let mut connection = log.database.connection().await;
    let undone: Result<(), ChainError> = connection
        .transaction(async move |c| {
            chain.add(c, &entry(1)).await?;
            chain.add(c, &entry(2)).await?;
            Err(storage::Error::RollbackTransaction.into())
        })
        .await;
    assert!(undone.is_err());

    for number in 1..=3 {
        log.add(number).await.unwrap();
    }
    let report = log.verify().await;
    assert_eq!((report.checked, report.problem), (3, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_retention_leaves_verifies_from_its_oldest_entry() {
    let log = Log::new().await;
    log.database
        .execute(
            "INSERT INTO audit_log (actor, action, subject_type, created_at)
        VALUES ('x', 'user.created', 'user', now() - interval '50 days')",
        )
        .await;
    log.database.execute(&clock("now() - interval '40 days'")).await;
    for number in 1..=3 {
        log.add(number).await.unwrap();
    }
    log.database.execute(&clock("now()")).await;
    for number in 4..=5 {
        log.add(number).await.unwrap();
    }
    assert_eq!(log.prune(60).await, 0);
    assert_eq!(log.prune(30).await, 4);
    let report = log.verify().await;
    assert_eq!((report.checked, report.unchained, report.removed_upto, report.problem), (2, 0, 3, None));
    log.add(6).await.unwrap();
    assert_eq!(log.verify().await.checked, 3);
    log.database.execute("DELETE FROM audit_log WHERE seq = 4").await;
    assert_eq!(log.verify().await.problem, Some(Problem::Missing { number: 4 }));
}

fn clock(time: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT {}'",
        time.replace('\'', "''")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_put_back_to_an_earlier_state_is_noticed_by_what_was_noted() {
    let log = Log::with(2).await;
    let early = "CREATE TABLE early AS SELECT * FROM audit_chain";
    log.database.execute(early).await;
    log.add(3).await.unwrap();
    let noted: Noted = log.verify().await.head.to_string().parse().unwrap();
    assert_eq!(log.verify_noted(&noted).await, None);
    log.database
        .execute(
            "DELETE FROM audit_log WHERE seq = 3; DELETE FROM audit_chain; INSERT INTO audit_chain SELECT * FROM early",
        )
        .await;
    assert_eq!(log.verify().await.problem, None);
    assert_eq!(log.verify_noted(&noted).await, Some(Problem::NotAsNoted { number: 3 }));
    log.add(4).await.unwrap();
    assert_eq!(log.verify_noted(&noted).await, Some(Problem::NotAsNoted { number: 3 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sealing_key_changes_nothing_and_a_missing_one_is_named() {
    let database = TestDatabase::create().await;
    let (old, new) = (KeyRing::generate_entry("old"), KeyRing::generate_entry("new"));
    let mut log = Log { database, chain: AuditChain::new(ring(&old)) };
    log.add(1).await.unwrap();
    log.chain = AuditChain::new(ring(&new));
    let error = log.add(2).await.unwrap_err();
    assert!(error.to_string().contains("`old`"), "{error}");
    let both = ring(&format!("{new},{old}"));
    log.chain = AuditChain::new(both.clone());
    log.add(2).await.unwrap();
    // What a rotation of keys does.
    let sealed = log.database.ask("SELECT key_encrypted FROM audit_chain").await;
    let opened = both.open(&audit_chain::PLACE, &sealed).unwrap();
    let again = both.seal(&audit_chain::PLACE, secrets::ExposeSecret::expose_secret(&opened));
    log.database.execute(&format!("UPDATE audit_chain SET key_encrypted = '{again}'")).await;
    log.chain = AuditChain::new(ring(&new));
    log.add(3).await.unwrap();
    let report = log.verify().await;
    assert_eq!((report.checked, report.problem), (3, None));
}
