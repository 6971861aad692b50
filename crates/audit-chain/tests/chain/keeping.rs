//! Entries as the service writes and prunes them.

use audit_chain::{AuditChain, ChainError, Problem};
use secrets::KeyRing;
use storage::AsyncConnection as _;
use test_support::TestDatabase;

use crate::stand::{BLANK, Log, clock, entry, ring};

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
async fn a_rollback_leaves_no_gap_and_writers_wait_for_one_another() {
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
async fn a_pruned_log_verifies_from_its_oldest_entry() {
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
