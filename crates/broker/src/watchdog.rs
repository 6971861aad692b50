//! Notices a consumer that RabbitMQ has forgotten.
//!
//! A quorum queue that is deleted and declared again at once does not cancel its consumers on every version (seen on
//! 3.10.8): they stay, and their channel swallows messages up to the prefetch. Closing it returns them.

use lapin::Channel;
use lapin::options::QueueDeclareOptions;
use lapin::types::{FieldTable, ShortString};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::ConsumeOptions;
use crate::connector::{ConnectError, Link};

/// Looks at the queue in regular intervals.
pub(crate) struct Watchdog {
    channel: Channel,
    queue: ShortString,
    interval: Interval,
    delivered: bool,
    suspects: bool,
}

impl Watchdog {
    pub(crate) async fn new(link: &Link, queue: ShortString, options: &ConsumeOptions) -> Result<Self, ConnectError> {
        let mut interval = interval_at(Instant::now() + options.check_every, options.check_every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { channel: link.channel().await?, queue, interval, delivered: false, suspects: false })
    }

    /// Returns when it is time for a look.
    pub(crate) async fn due(&mut self) {
        self.interval.tick().await;
    }

    /// A message came, so the consumer is known.
    pub(crate) fn delivered(&mut self) {
        self.delivered = true;
    }

    /// Whether the consumer is forgotten: the queue has none, or has messages for an idle one, twice in a row while
    /// nothing came.
    pub(crate) async fn forgotten(&mut self, link: &Link, idle: bool) -> Result<bool, ConnectError> {
        // A passive declaration only asks; it changes nothing.
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
        let queue =
            link.bounded(self.channel.queue_declare(self.queue.clone(), passive, FieldTable::default())).await?;
        let delivered = std::mem::take(&mut self.delivered);
        let starving = idle && !delivered && queue.message_count() > 0;
        let suspects = starving || queue.consumer_count() == 0;
        // One look may fall between a message's arrival and its delivery, so two in a row have to agree.
        Ok(std::mem::replace(&mut self.suspects, suspects) && suspects)
    }
}
