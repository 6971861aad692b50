//! Records under other ids, and ids that cannot be asked for.

use crate::stand::Stand;
use domain::EntityType::Customers;
use domain::record_id::{FITS_INTO_A_PATH_SQL, fits_into_a_path};
use storage::entities::descriptor;
use storage::records::Candidate;
use storage::records::rekeyed::{self, Claim};

#[tokio::test]
async fn sql_and_rust_agree_on_which_ids_can_be_asked_for() {
    let stand = Stand::new().await;
    let ids = [
        "c1", "a b", "Ä;?#&=", ".a", "a.", "..a", "...", ".", "..", "a/b", "/", "a\\b", "50%", "a\tb", "a\u{1f}b",
        "a\u{7f}b", "a\u{9f}b", " a", "a ", " ", "x", "~",
    ];

    for id in ids {
        let sql = stand.ask(&format!("SELECT ('{id}' {FITS_INTO_A_PATH_SQL})::text")).await;
        assert_eq!(sql, fits_into_a_path(id).to_string(), "{id:?}");
    }
}

#[tokio::test]
async fn a_record_claims_the_row_that_it_names_only_while_its_own_id_is_linked_to_nothing() {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO customers (name, customer_code) VALUES ('One', 'K1'), ('Two', 'K2'), ('Three', 'K3');
             INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, deleted_version)
             VALUES (1, 'customers', 1, 'c1', NULL), (1, 'customers', 2, 'c2', 5)",
        )
        .await;

    let candidate = |geniacs_id, external_id, natural_key| Candidate { geniacs_id, external_id, natural_key };
    let candidates = [
        candidate("c1", Some(2), None),
        candidate("n1", Some(1), Some("K2")),
        candidate("n2", None, Some("K2")),
        candidate("n3", Some(3), Some("K3")),
        candidate("n4", None, None),
    ];

    let customers = descriptor(Customers);
    let mut connection = stand.connection().await;
    let mut claims = rekeyed::claims(&mut connection, customers, 1, &candidates).await.unwrap();
    claims.sort_by_key(|claim| claim.local_id);

    let claim = |geniacs_id: &str, local_id, former_id: &str, known_gone| Claim {
        geniacs_id: geniacs_id.to_owned(),
        local_id,
        former_id: former_id.to_owned(),
        known_gone,
    };
    assert_eq!(claims, [claim("n1", 1, "c1", false), claim("n2", 2, "c2", true)]);

    let linked = rekeyed::link_anew(&mut connection, customers, 1, &claims).await.unwrap();
    assert_eq!(linked.len(), 2);
    let again = rekeyed::link_anew(&mut connection, customers, 1, &claims).await.unwrap();
    assert!(again.is_empty(), "the rows have other links by now");
    let links = "SELECT string_agg(geniacs_id || ':' || coalesce(deleted_version::text, '-'), ' ' ORDER BY local_id) FROM record_links";
    assert_eq!(stand.ask(links).await, "n1:- n2:0");
}
