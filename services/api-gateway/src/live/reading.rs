//! One reading of the database, compared with the one before.

use super::Position;
use super::arrivals::Arrivals;
use super::event::{self, Frame, SyncEvent, Writer};
use futures_util::FutureExt as _;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;
use storage::console::live::{self, Arrived, ConflictState, IntegrationState, Moment, SyncState};
use storage::console::operations::Operation;
use storage::{Connection, Result};

/// Changed syncs, conflicts or operations that one reading tells of. Beyond them, listeners are told to load anew.
const MOST_CHANGES: i64 = 500;
/// Operations under way that a beginning tells of.
const MOST_OPERATIONS: i64 = 100;
/// Integrations that a beginning tells of.
const MOST_INTEGRATIONS: usize = 1_000;
/// Events that one reading takes; what is left is for the next one.
const MOST_ARRIVALS: i64 = 5_000;

/// The state that was told last, from which the next reading goes on.
#[derive(Debug)]
pub(super) struct LastReading {
    moment: Moment,
    running: HashMap<i64, SyncEvent>,
    integrations: BTreeMap<i64, IntegrationState>,
    operations: Vec<Operation>,
    arrivals: Arrivals,
}

/// The state that one reading found.
pub(super) struct Reading {
    moment: Moment,
    running: Vec<SyncState>,
    integrations: Vec<IntegrationState>,
    /// Operations that go on.
    operations: Vec<Operation>,
    /// Changes since the last reading.
    news: News,
    /// Changes since the earliest place that somebody comes back to.
    missed: Option<News>,
}

#[derive(Default)]
struct News {
    syncs: Vec<SyncState>,
    conflicts: Vec<ConflictState>,
    operations: Vec<Operation>,
    arrived: Vec<Arrived>,
    /// There was more than one reading tells.
    too_many: bool,
}

/// What one reading has to look for.
#[derive(Clone)]
pub(super) struct ReadingRequest {
    /// The snapshot of the last one.
    snapshot: Option<String>,
    arrivals: Arrivals,
    /// The earliest place that somebody comes back to.
    back_to: Option<Position>,
}

impl ReadingRequest {
    pub(super) fn new(memory: Option<&LastReading>, back_to: Option<Position>) -> Self {
        Self {
            snapshot: memory.map(|memory| memory.moment.snapshot.clone()),
            arrivals: memory.map(|memory| memory.arrivals.clone()).unwrap_or_default(),
            back_to,
        }
    }
}

/// Reads all of it as of one moment.
pub(super) async fn read_live_state(connection: &mut Connection, asked: ReadingRequest) -> Result<Reading> {
    live::at_once(connection, move |c| at_one_moment(c, asked).boxed()).await
}

async fn at_one_moment(connection: &mut Connection, asked: ReadingRequest) -> Result<Reading> {
    let moment = live::moment(connection).await?;
    let news = match &asked.snapshot {
        Some(snapshot) => changes_since(connection, snapshot, &asked.arrivals).await?,
        None => News::default(),
    };

    let missed = match asked.back_to {
        Some(from) => Some(changes_missed(connection, from, &moment).await?),
        None => None,
    };

    let running = live::running(connection).await?;
    let integrations = live::integrations(connection).await?;
    let operations = live::running_operations(connection, MOST_OPERATIONS).await?;
    Ok(Reading { moment, running, integrations, operations, news, missed })
}

async fn changes_since(connection: &mut Connection, snapshot: &str, arrivals: &Arrivals) -> Result<News> {
    let syncs = live::syncs_since(connection, snapshot, MOST_CHANGES).await?;
    let conflicts = live::conflicts_since(connection, snapshot, MOST_CHANGES).await?;
    let operations = live::operations_since(connection, snapshot, MOST_CHANGES).await?;
    let arrived = live::arrived(connection, arrivals.highest(), &arrivals.gaps(), MOST_ARRIVALS).await?;

    let too_many =
        is_full(&syncs, MOST_CHANGES) || is_full(&conflicts, MOST_CHANGES) || is_full(&operations, MOST_CHANGES);
    Ok(News { syncs, conflicts, operations, arrived, too_many })
}

async fn changes_missed(connection: &mut Connection, from: Position, moment: &Moment) -> Result<News> {
    // A place ahead of the server is one of another database, or of this one before it was restored.
    if from.transaction > moment.first_unbegun {
        return Ok(News { too_many: true, ..News::default() });
    }

    let mut news = changes_since(connection, &live::before(from.transaction), &Arrivals::from(from.event)).await?;
    news.too_many |= is_full(&news.arrived, MOST_ARRIVALS);
    Ok(news)
}

fn is_full<T>(rows: &[T], limit: i64) -> bool {
    usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit)
}

/// The frames that a reading leads to.
pub(super) struct ReadingFrames {
    /// For those who listen; none where nothing has changed.
    pub(super) news: Option<Frame>,
    /// For those who come back, if somebody does.
    pub(super) resumed: Option<Frame>,
}

impl LastReading {
    /// Compares what was found with what was told, and remembers it.
    pub(super) fn tell(memory: &mut Option<Self>, found: Reading) -> ReadingFrames {
        let now = Instant::now();
        let mut next = Self {
            running: HashMap::new(),
            integrations: found.integrations.into_iter().map(|state| (state.id, state)).collect(),
            operations: found.operations,
            // A client that begins hears of events from now on, not of all that are stored.
            arrivals: memory
                .as_ref()
                .map_or_else(|| Arrivals::from(found.moment.highest_event), |memory| memory.arrivals.clone()),
            moment: found.moment,
        };

        next.arrivals.saw(found.news.arrived.iter().map(|event| event.id), now);
        next.running = found.running.into_iter().map(|sync| (sync.id, SyncEvent::new(sync))).collect();

        // The place lies before every open transaction, so that what it commits later is not missed.
        let place = next.place();
        let news = memory.as_ref().map(|before| next.news(before, found.news)).filter(|writer| !writer.is_empty());
        let told = ReadingFrames {
            news: news.map(|writer| writer.finish(place)),
            resumed: found.missed.map(|missed| next.beginning(Some(missed)).finish(place)),
        };

        *memory = Some(next);
        told
    }

    /// Whether a sync runs, whose progress no notification tells of.
    pub(super) fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// For those who begin.
    pub(super) fn start(&self) -> Frame {
        self.beginning(None).finish(self.place())
    }

    fn place(&self) -> Position {
        Position { transaction: self.moment.oldest_open, event: self.arrivals.complete_to() }
    }

    /// What is different from `before`.
    fn news(&self, before: &Self, news: News) -> Writer {
        let mut writer = Writer::default();
        if news.too_many {
            writer.add("reset", &json!({"reason": "too_many_changes"}));
        }

        self.add_syncs(&mut writer, news.syncs, |sync| {
            before.running.get(&sync.id).is_none_or(|before| sync.tells_more_than(before))
        });

        for (id, state) in &self.integrations {
            if before.integrations.get(id) != Some(state) {
                writer.add("integration", &event::integration_event(state));
            }
        }
        for id in before.integrations.keys().filter(|id| !self.integrations.contains_key(id)) {
            writer.add("integration", &event::archived_event(*id));
        }

        add_rest(&mut writer, &news.conflicts, &news.operations, &news.arrived);
        writer
    }

    /// The state of everything that is under way, and the changes that were missed.
    fn beginning(&self, missed: Option<News>) -> Writer {
        let mut writer = Writer::default();
        let is_resumed = missed.is_some();
        let News { syncs, conflicts, mut operations, arrived, too_many } = missed.unwrap_or_default();
        let too_large = self.integrations.len() > MOST_INTEGRATIONS;
        if too_many || too_large {
            writer.add("reset", &json!({"reason": "too_many_changes"}));
        }

        self.add_syncs(&mut writer, syncs, |_| true);
        for state in self.integrations.values().take(MOST_INTEGRATIONS) {
            writer.add("integration", &event::integration_event(state));
        }

        // An operation that was missed may also be under way: it is told once.
        let told: BTreeSet<i64> = operations.iter().map(|operation| operation.id).collect();
        operations.extend(self.operations.iter().filter(|operation| !told.contains(&operation.id)).cloned());
        add_rest(&mut writer, &conflicts, &operations, &arrived);
        writer.add("ready", &json!({"resumed": is_resumed}));
        writer
    }

    /// Adds the syncs that changed their status, then the running ones that are `worth` telling; each once.
    fn add_syncs(&self, writer: &mut Writer, changed: Vec<SyncState>, worth: impl Fn(&SyncEvent) -> bool) {
        let changed: BTreeMap<i64, SyncEvent> =
            changed.into_iter().map(|sync| (sync.id, SyncEvent::new(sync))).collect();

        for sync in changed.values() {
            writer.add("sync", sync);
        }
        for sync in self.running.values().filter(|sync| !changed.contains_key(&sync.id) && worth(sync)) {
            writer.add("sync", sync);
        }
    }
}

fn add_rest(writer: &mut Writer, conflicts: &[ConflictState], operations: &[Operation], arrived: &[Arrived]) {
    for conflict in conflicts {
        writer.add("conflict", &event::conflict_event(conflict));
    }
    for operation in operations {
        writer.add("operation", &event::operation_event(operation));
    }
    writer.add_arrivals(arrived);
}
