//! The broker: reachable, and its queues as they must be.

use super::Finding;
use ::broker::{Broker, BrokerOptions, Queue, queue_depth};
use service::Settings;

pub(super) async fn look_at_broker(settings: &Settings) -> Finding {
    let url = match settings.broker.url() {
        Ok(url) => url.clone(),
        Err(error) => return Finding::wrong(format!("broker: {error}")),
    };

    let mut options = BrokerOptions::new(url, settings.broker.prefix.clone());
    "geniacsctl".clone_into(&mut options.name);
    if let Err(error) = Broker::connect_once(&options).await {
        return Finding::wrong(format!("broker: {error}"));
    }

    match queue_depth(&options, Queue::DeadLetters).await {
        Ok(0) => Finding::well("broker: RabbitMQ answers, exchange and queues are as they must be"),
        Ok(waiting) => Finding::wrong(format!(
            "broker: RabbitMQ answers, but {waiting} dead letter(s) wait; check that a scheduler runs, which takes them"
        )),
        Err(error) => Finding::wrong(format!("broker: {error}")),
    }
}
