//! How far a direction has come.

use chrono::{DateTime, TimeDelta, Utc};
use domain::EntityType::{Customers, Payments};
use domain::SyncDirection::{FromGeniacs, ToGeniacs};
use domain::sync::SyncOptions;
use storage::runs::positions::{self, Position};

use crate::stand::Stand;

fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_never_goes_back() {
    let stand = Stand::new().await;
    let sync = stand.sync().await;
    let mut connection = stand.connection().await;
    let far = Position { changed_xid: Some(900), updated_at: Some(moment(90)) };
    for to in [
        Position { changed_xid: Some(100), updated_at: Some(moment(10)) },
        far,
        Position { changed_xid: Some(899), updated_at: Some(moment(89)) },
        Position::default(),
    ] {
        positions::advance(&mut connection, sync, ToGeniacs, &SyncOptions::default(), to).await.unwrap();
    }

    assert_eq!(positions::find(&mut connection, 1, Customers, ToGeniacs, &SyncOptions::default()).await.unwrap(), far);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_direction_and_entity_has_a_position_of_its_own() {
    let stand = Stand::new().await;
    let sync = stand.sync().await;
    let mut connection = stand.connection().await;
    let push = Position { changed_xid: Some(7), updated_at: None };
    let pull = Position { changed_xid: None, updated_at: Some(moment(7)) };
    positions::advance(&mut connection, sync, ToGeniacs, &SyncOptions::default(), push).await.unwrap();
    positions::advance(&mut connection, sync, FromGeniacs, &SyncOptions::default(), pull).await.unwrap();

    assert_eq!(positions::find(&mut connection, 1, Customers, ToGeniacs, &SyncOptions::default()).await.unwrap(), push);
    assert_eq!(
        positions::find(&mut connection, 1, Customers, FromGeniacs, &SyncOptions::default()).await.unwrap(),
        pull
    );
    assert_eq!(
        positions::find(&mut connection, 1, Payments, ToGeniacs, &SyncOptions::default()).await.unwrap(),
        Position::default()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_leave_records_out_keep_a_position_of_their_own() {
    let stand = Stand::new().await;
    let sync = stand.sync().await;
    let mut connection = stand.connection().await;
    let all = SyncOptions::default();
    let known = SyncOptions { create_missing: false, ..all.clone() };
    let new = SyncOptions { update_existing: false, ..all.clone() };
    let at = |xid| Position { changed_xid: Some(xid), updated_at: Some(moment(xid)) };

    positions::advance(&mut connection, sync, ToGeniacs, &all, at(5)).await.unwrap();
    positions::advance(&mut connection, sync, ToGeniacs, &known, at(9)).await.unwrap();
    for (options, expected) in [(&all, at(5)), (&known, at(9)), (&new, at(5))] {
        assert_eq!(positions::find(&mut connection, 1, Customers, ToGeniacs, options).await.unwrap(), expected);
    }

    positions::advance(&mut connection, sync, ToGeniacs, &all, at(20)).await.unwrap();
    assert_eq!(positions::find(&mut connection, 1, Customers, ToGeniacs, &known).await.unwrap(), at(20));

    positions::forget(&mut connection, 1, Customers, ToGeniacs).await.unwrap();
    assert_eq!(positions::find(&mut connection, 1, Customers, ToGeniacs, &known).await.unwrap(), Position::default());
}
