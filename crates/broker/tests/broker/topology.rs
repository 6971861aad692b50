use std::time::Duration;

use broker::{Broker, BrokerOptions, ConnectError, Topology, TopologyError};
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;

use crate::stand::{Stand, server_url};

#[tokio::test]
async fn declaring_twice_changes_nothing() -> Result<(), ConnectError> {
    let stand = Stand::new();
    Broker::connect_once(&stand.options).await?;
    Broker::connect_once(&stand.options).await
}

#[tokio::test]
async fn a_queue_with_other_arguments_is_named_with_a_remedy() {
    let stand = Stand::new();
    let name = format!("{}work", stand.options.prefix);
    let (connection, channel) = stand.by_hand().await;
    let declared = channel.queue_declare(name.as_str().into(), QueueDeclareOptions::durable(), FieldTable::default());
    declared.await.expect("it does not exist yet");

    let error = Broker::connect_once(&stand.options).await.expect_err("the queue is another one");

    assert!(matches!(&error, ConnectError::Topology(TopologyError::Mismatch { name: found, .. }) if *found == name));

    let text = error.to_string();
    assert!(text.contains(&name) && text.contains("rabbitmqctl delete_queue"), "{text}");

    connection.close(200, "done".into()).await.expect("it closes");
}

#[tokio::test]
async fn the_names_in_use_are_those_of_the_prefix() -> Result<(), TopologyError> {
    let stand = Stand::new();
    let broker = stand.start().await;
    let expected = Topology::new(&stand.options.prefix)?;
    assert_eq!(broker.topology().exchange(), expected.exchange());
    Ok(())
}

async fn refusal(change: impl FnOnce(&mut lapin::uri::AMQPUri)) -> ConnectError {
    let mut uri = server_url().parse().expect("AMQP_URL is an AMQP address");
    change(&mut uri);
    let mut options = BrokerOptions::new(uri.to_string(), "never-declared-");
    options.connect_timeout = Duration::from_secs(10);
    Broker::connect_once(&options).await.expect_err("it must be refused")
}

#[tokio::test]
async fn a_wrong_password_is_told_without_showing_it() {
    let error = refusal(|uri| uri.authority.userinfo.password = "hunter2-wrong".into()).await;
    assert!(matches!(error, ConnectError::Credentials { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_virtual_host_that_does_not_exist_is_named() {
    let error = refusal(|uri| uri.vhost = "nowhere".into()).await;
    assert!(matches!(&error, ConnectError::VirtualHost { vhost, .. } if vhost == "nowhere"), "{error:?}");
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_named() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a port is free");
    let error = refusal(|uri| {
        uri.authority.host = "127.0.0.1".into();
        uri.authority.port = free.port();
    })
    .await;
    assert!(matches!(&error, ConnectError::Unreachable { at, .. } if *at == free.to_string()), "{error:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_showing_it() {
    let options = BrokerOptions::new("http://user:hunter2@rabbit", "");
    let error = Broker::connect_once(&options).await.expect_err("http is not AMQP");
    assert!(matches!(error, ConnectError::InvalidUrl));
    assert!(!format!("{error} {error:?} {options:?}").contains("hunter2"));
}
