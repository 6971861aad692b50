//! Publishing over one connection, from its first message to its loss.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{BoxStream, FuturesUnordered, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Event};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;
use uuid::Uuid;

use crate::broker::BrokerState;
use crate::connector::{ConnectError, Link};
use crate::topology::short_name;
use crate::{BrokerOptions, PublishError, Queue, Topology};

/// How many messages await their confirm at once; more wait in line, within their own deadlines.
const MOST_IN_FLIGHT: usize = 2_048;

/// RabbitMQ 3.10 forgets to cancel the consumers of a queue that is declared again within milliseconds of its deletion:
/// they stay, take messages, and pass none on.
const BEFORE_DECLARING_AGAIN: Duration = Duration::from_millis(300);

/// One message to send, and whom to tell.
pub(crate) struct Request {
    pub(crate) id: Uuid,
    pub(crate) queue: Queue,
    pub(crate) properties: BasicProperties,
    pub(crate) payload: Vec<u8>,
    pub(crate) reply: oneshot::Sender<Result<(), PublishError>>,
}

/// A message whose confirm came, or never will.
struct Settled {
    id: Uuid,
    queue: Queue,
    reply: oneshot::Sender<Result<(), PublishError>>,
    outcome: lapin::Result<Confirmation>,
}

/// Why a session ended.
pub(crate) enum Ended {
    /// All handles to the broker are gone.
    Finished,
    /// The connection is gone or of no use.
    Lost(String),
}

pub(crate) struct PublishSession {
    link: Link,
    channel: Channel,
    topology: Topology,
    in_flight: FuturesUnordered<BoxFuture<'static, Settled>>,
    /// Messages that came back before their confirm was seen.
    returned: HashSet<Uuid>,
    events: BoxStream<'static, Event>,
}

impl PublishSession {
    pub(crate) async fn open(options: &BrokerOptions, topology: &Topology) -> Result<Self, ConnectError> {
        let link = Link::open(options, "publisher").await?;
        link.declare(topology).await?;
        let channel = link.channel().await?;
        link.bounded(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        let events = link.connection.events_listener().boxed();
        let in_flight = FuturesUnordered::new();
        Ok(Self { link, channel, topology: topology.clone(), in_flight, returned: HashSet::new(), events })
    }

    /// Sends what is asked for until the connection is lost or nobody is left who could ask.
    pub(crate) async fn run(
        mut self,
        requests: &mut mpsc::Receiver<Request>,
        state: &watch::Sender<BrokerState>,
        stop: impl Future<Output = ()>,
    ) -> Ended {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                event = self.events.next() => match event {
                    Some(Event::ConnectionBlocked(reason)) => {
                        tracing::warn!(reason, "RabbitMQ takes no messages for now");
                        state.send_replace(BrokerState::Blocked);
                    }
                    Some(Event::ConnectionUnblocked) => {
                        tracing::info!("RabbitMQ takes messages again");
                        state.send_replace(BrokerState::Connected);
                    }
                    Some(Event::Error(error)) => return Ended::Lost(error.to_string()),
                    Some(_) => {}
                    None => return Ended::Lost("the client library ended".to_owned()),
                },
                Some(first) = self.in_flight.next() => {
                    if let Err(error) = self.settle(first).await {
                        return Ended::Lost(error.to_string());
                    }
                }
                request = requests.recv(), if self.in_flight.len() < MOST_IN_FLIGHT => match request {
                    Some(request) => self.send(request),
                    None => break, // And nobody is left to be told.
                },
                () = &mut stop => break,
            }
        }

        self.link.close().await;
        Ended::Finished
    }

    fn send(&self, request: Request) {
        if request.reply.is_closed() {
            return; // Its caller gave up while it stood in line.
        }
        let channel = self.channel.clone();
        let (exchange, routing_key) = (self.topology.exchange(), self.topology.queue(request.queue));
        let Request { id, queue, properties, payload, reply } = request;
        let sending = async move {
            let options = BasicPublishOptions { mandatory: true, immediate: false };
            let published =
                channel.basic_publish(short_name(&exchange), short_name(&routing_key), options, &payload, properties);
            let outcome = match published.await {
                Ok(confirm) => confirm.await,
                Err(error) => Err(error),
            };
            Settled { id, queue, reply, outcome }
        };
        self.in_flight.push(sending.boxed());
    }

    /// Tells the callers. The library hands a returned message to whichever confirm comes next, so whose it is shows
    /// by its id, and only when every confirm that has come so far has been looked at.
    async fn settle(&mut self, first: Settled) -> Result<(), ConnectError> {
        let mut settled = vec![first];
        while let Some(Some(next)) = self.in_flight.next().now_or_never() {
            settled.push(next);
        }

        self.returned.extend(settled.iter().filter_map(|settled| returned_id(&settled.outcome)));
        // A return may have been noted with an earlier confirm, or may come with its own.
        let (returned, others): (Vec<_>, Vec<_>) = settled.into_iter().partition(|settled| {
            let was_returned = self.returned.remove(&settled.id);
            was_returned || returned_id(&settled.outcome).is_some()
        });

        for Settled { queue, reply, outcome, .. } in others {
            // A caller that gave up waiting has dropped its end.
            let _ = reply.send(verdict_on(&outcome, queue));
        }

        if returned.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            count = returned.len(),
            "messages were returned: no queue took them; declaring all queues again"
        );
        sleep(BEFORE_DECLARING_AGAIN).await;

        let declared = self.link.declare(&self.topology).await;
        for Settled { queue, reply, .. } in returned {
            let _ = reply.send(Err(PublishError::Returned(queue.as_str())));
        }
        declared
    }
}

fn verdict_on(outcome: &lapin::Result<Confirmation>, queue: Queue) -> Result<(), PublishError> {
    match outcome {
        Ok(Confirmation::Ack(None)) => Ok(()),
        Ok(Confirmation::Ack(Some(_))) => Err(PublishError::Returned(queue.as_str())),
        Ok(Confirmation::Nack(_)) => Err(PublishError::Refused(queue.as_str())),
        Ok(Confirmation::NotRequested) | Err(_) => Err(PublishError::Lost),
    }
}

fn returned_id(outcome: &lapin::Result<Confirmation>) -> Option<Uuid> {
    let Ok(Confirmation::Ack(Some(message)) | Confirmation::Nack(Some(message))) = outcome else { return None };
    message.properties.message_id().as_ref().and_then(|id| id.as_str().parse().ok())
}
