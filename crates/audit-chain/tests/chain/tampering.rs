//! Entries that somebody changes, takes away or adds behind the service's back.

use audit_chain::{Noted, Problem};

use crate::stand::{BLANK, Log};

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
async fn a_log_put_back_to_an_earlier_state_lacks_the_noted_entry() {
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
