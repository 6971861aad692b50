//! How the partner's events arrive: in any order, some twice, some never.

use crate::partner::Event;
use crate::truth::{YES, tell};
use crate::world::World;
use storage::webhooks::arrivals::Envelope;
use storage::webhooks::{self, Arrival};

impl World {
    /// Some of the events that are under way arrive, in any order, some twice, some never.
    pub(crate) async fn events_arrive(&self, percent: usize) {
        let mut events = std::mem::take(&mut self.partner.borrow_mut().events);
        self.dice.borrow_mut().shuffle(&mut events);

        let mut later = Vec::new();
        for event in events {
            if !self.chance(percent) {
                later.push(event);
                continue;
            }
            if percent < 100 && self.chance(6) {
                self.timeline.say(format!("     event {} is lost", event.name));
                continue;
            }
            if self.chance(10) {
                later.push(event.clone());
            }
            self.deliver(&event).await;
        }

        self.partner.borrow_mut().events.extend(later);
    }

    async fn deliver(&self, event: &Event) {
        if self.reach.door {
            let status = self.database.door.send(self.integration_id, &event.body).await;
            assert_eq!(status, "200", "{}", event.body);
            // The door's clock is the machine's.
            self.execute("UPDATE geniacs_webhook_events SET created_at = stored_at WHERE created_at <> stored_at")
                .await
                .expect("the event arrived now");
        } else {
            let received_at = self.now().await;
            let (integration_id, signature) = (self.integration_id, "");
            let envelope = Envelope { integration_id, signature, received_at, traceparent: None };
            let arrival = Arrival::read(envelope, event.body.as_bytes()).expect("an event");
            webhooks::store(&mut *self.connection().await, &[arrival]).await.expect("it is stored");
        }

        self.timeline.say(format!("     event {} arrives: {}", event.name, event.body));
        self.tell_of(event);
    }

    async fn now(&self) -> chrono::DateTime<chrono::Utc> {
        let text = self.ask("to_char(geniacs_now(), 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ')").await;
        text.parse().expect("a moment")
    }

    pub(crate) async fn apply_events(&self) {
        let engine = self.engine();
        match self.unblocked(Box::pin(engine.worker.apply_one_batch())).await {
            Ok(events) => self.timeline.say(format!("the worker applies {events} events")),
            Err(error) => self.timeline.say(format!("the worker: {error}")),
        }
    }

    fn tell_of(&self, event: &Event) {
        // An event tells only what it holds; the rest of the record may have moved on.
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap_or_default();
        let (data, kind) = (&body["data"], body["event_type"].as_str().unwrap_or_default());
        let changes = data["changes"].as_object().filter(|changes| !changes.is_empty());
        let mut truth = self.truth.borrow_mut();
        let step = self.timeline.number();
        let Some(lineage) = truth.lineages.get_mut(&event.lineage) else { return };

        for (place, field) in self.cast.fields.iter().enumerate() {
            let value = match changes {
                Some(changes) => changes.get(field.geniacs).map(|change| &change["new"]),
                None => data.get(field.geniacs),
            };
            let Some(value) = value.map(|value| field.read(Some(value))) else { continue };
            tell(&mut lineage.fields[place], value.as_deref(), step);
        }

        let alive = !kind.ends_with("deleted");
        tell(&mut lineage.alive, alive.then_some(YES), step);
    }
}
