//! Listening while the database goes and comes.

use super::{Listener, arrival, conflict};
use crate::outages::behind_a_proxy;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_outlives_an_outage_of_the_database_and_tells_what_changed_in_it() {
    let (stand, proxy) = behind_a_proxy().await;
    let id = stand.integration("Primary").await;
    let (mut listener, _) = Listener::start(&stand, stand.admin()).await;

    proxy.refuse();
    stand.database.execute(&conflict(id, 17)).await;
    stand.database.execute(&arrival(id, "a")).await;

    proxy.resume();
    listener.until("conflict", |data| data["local_id"] == 17).await;
    listener.until("webhook", |data| data["count"] == 1).await;
    // It is told of changes again, too.
    stand.database.execute(&conflict(id, 18)).await;
    listener.until("conflict", |data| data["local_id"] == 18).await;
}
