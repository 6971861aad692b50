//! A world: both sides, the engine between them, and what a story has done so far.

use crate::cast::Cast;
use crate::database::Database;
use crate::dice::Dice;
use crate::engine::{Engine, doom, mortal};
use crate::fields::{NEIGHBOURS, there};
use crate::partner::{Partner, Reply, Request, Traits, serve};
use crate::provider::OpenTransaction;
use crate::reach::Reach;
use crate::setting::{integration, test_pool};
use crate::timeline::Timeline;
use crate::truth::Truth;
use chrono::DateTime;
use domain::EntityType;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use storage::{Pool, PooledConnection, pool};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Row};

/// When every story begins, in microseconds since 1970: 2026-03-02, 08:00.
const BEGINNING: i64 = 1_772_438_400_000_000;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is dropped before anything is done.
    Reset,
    /// The answer is lost.
    LoseAnswer,
    /// 500, and nothing was done.
    Error,
    /// 500, and it was done.
    LateError,
    /// The worker dies before it hears the answer.
    Death,
}

/// What else happens while a request is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    EditHere,
    EditThere,
    /// Events arrive and are applied.
    Events,
}

/// What a step has in store for its requests, by their number.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) faults: BTreeMap<u32, Fault>,
    pub(crate) before: BTreeMap<u32, Meanwhile>,
    pub(crate) after: BTreeMap<u32, Meanwhile>,
    requests: u32,
    pub(crate) failed: bool,
}

pub(crate) struct World {
    pub(crate) cast: &'static Cast,
    pub(crate) dice: RefCell<Dice>,
    pub(crate) partner: RefCell<Partner>,
    pub(crate) truth: RefCell<Truth>,
    pub(crate) timeline: Timeline,
    pub(crate) plan: RefCell<Plan>,
    pub(crate) open: RefCell<Vec<OpenTransaction>>,
    pub(crate) numbers: Cell<u32>,
    pub(crate) integration_id: i64,
    /// Whether what the partner tells now is only looked at.
    pub(crate) deaf: Cell<bool>,
    pub(crate) sql: Client,
    pub(crate) database: Rc<Database>,
    pub(crate) engine: RefCell<Rc<Engine>>,
    pub(crate) pool: Pool,
    pub(crate) reach: Reach,
    /// Payments that the partner has completed, by their ids there.
    pub(crate) completed: RefCell<Vec<String>>,
    batch_size: usize,
    clock: Cell<i64>,
    server: RefCell<Option<JoinHandle<()>>>,
}

impl World {
    pub(crate) async fn begin(database: &Rc<Database>, seed: u64) -> Rc<Self> {
        let mut dice = Dice::new(seed);
        let traits = Traits::of(&mut dice);
        let cast = Cast::of(seed);
        let reach = Reach::of(seed, cast);

        let sql = database.connect().await;
        database.reset(&sql).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let pool = test_pool(database);

        let policy = dice.one(["newest", "newest", "newest", "local", "geniacs", "manual"]);
        let real_time: &[EntityType] = if reach.real_time { &[cast.entity] } else { &[] };
        let configuration = json!({"conflict_policy": policy, "delete_guard_percent": 100, "clear_guard_percent": 100,
            "change_guard_percent": 100, "real_time": real_time});
        let integration_id = {
            let mut connection = pool::get(&pool).await.expect("a connection");
            integration(&mut connection, cast, &endpoint, &database.keys, configuration).await
        };

        let batch_size = dice.one([2, 3, 5, 100]);
        let world = Rc::new(Self {
            cast,
            engine: RefCell::new(Rc::new(Engine::start(database, batch_size))),
            dice: RefCell::new(dice),
            partner: RefCell::new(Partner::new(cast, traits, reach.guards)),
            reach,
            completed: RefCell::default(),
            truth: RefCell::default(),
            timeline: Timeline::new(),
            plan: RefCell::default(),
            open: RefCell::default(),
            numbers: Cell::new(0),
            integration_id,
            deaf: Cell::new(false),
            sql,
            database: database.clone(),
            pool,
            batch_size,
            clock: Cell::new(BEGINNING),
            server: RefCell::default(),
        });
        world.introduce(policy).await;
        world.open_the_partner(listener);
        world
    }

    /// What is there before the story begins.
    async fn introduce(&self, policy: &str) {
        self.pass(0).await;
        self.settle_neighbours().await;
        self.bill().await;

        self.timeline.say(format!("the partner: {:?}", self.partner.borrow().traits));
        let (entity, batch_size) = (self.cast.entity, self.batch_size);
        self.timeline.say(format!("{entity}, policy {policy}, {batch_size} records to a batch"));
        if self.reach.door {
            self.timeline.say(format!("{:?}", self.reach));
        }
    }

    /// From now on the partner answers.
    fn open_the_partner(self: &Rc<Self>, listener: TcpListener) {
        let weak = Rc::downgrade(self);
        let serving = serve(listener, move |request| {
            let world = weak.upgrade();
            async move {
                match world {
                    Some(world) => world.reply(request).await,
                    None => Reply::Nothing,
                }
            }
        });
        *self.server.borrow_mut() = Some(tokio::task::spawn_local(serving));
    }

    /// What others refer to is there, and known on both sides.
    async fn settle_neighbours(&self) {
        if !self.cast.refers() {
            return;
        }
        for number in 1..=NEIGHBOURS {
            let number = number.to_string();
            let row = format!("INSERT INTO customers (customer_code, name) VALUES ('K{number}', 'Neighbour')");
            self.execute(&row).await.expect("a neighbour is made");

            let link = format!(
                "INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id)
                 VALUES ({}, 'customers', {number}, '{}')",
                self.integration_id,
                there(&number)
            );
            self.execute(&link).await.expect("a neighbour is linked");
        }
    }

    pub(crate) fn end(&self) {
        if let Some(server) = self.server.borrow_mut().take() {
            server.abort();
        }
    }

    /// A number that was not there before.
    pub(crate) fn number(&self) -> u32 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    pub(crate) fn chance(&self, percent: usize) -> bool {
        self.dice.borrow_mut().chance(percent)
    }

    pub(crate) fn below(&self, end: usize) -> usize {
        self.dice.borrow_mut().below(end)
    }

    pub(crate) fn pick<T: Clone>(&self, from: &[T]) -> Option<T> {
        self.dice.borrow_mut().pick(from).cloned()
    }

    /// Time passes, in microseconds.
    pub(crate) async fn pass(&self, micros: i64) {
        self.clock.set(self.clock.get() + micros);
        let now = DateTime::from_timestamp_micros(self.clock.get()).unwrap_or_default();
        self.partner.borrow_mut().now = self.clock.get();
        self.execute(&format!("UPDATE world_clock SET at = '{}'", now.to_rfc3339())).await.expect("the clock moves");
    }

    pub(crate) async fn execute(&self, statement: &str) -> Result<u64, tokio_postgres::Error> {
        self.sql.execute(statement, &[]).await
    }

    pub(crate) async fn query(&self, query: &str) -> Vec<Row> {
        match self.sql.query(query, &[]).await {
            Ok(rows) => rows,
            Err(error) => panic!("{query}: {error:?}"),
        }
    }

    /// A scalar answer as text.
    pub(crate) async fn ask(&self, query: &str) -> String {
        let rows = self.query(&format!("SELECT coalesce(({query})::text, '')")).await;
        rows[0].get(0)
    }

    pub(crate) fn engine(&self) -> Rc<Engine> {
        self.engine.borrow().clone()
    }

    /// Everything of the engine's is gone, and another one starts.
    pub(crate) async fn replace_engine(&self) {
        let engine = Rc::new(Engine::start(&self.database, self.batch_size));
        drop(self.engine.replace(engine));
        // What it was about goes on at the server until its connections are closed.
        for _ in 0..2_000 {
            let left = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ 'worker|scheduler'";
            if self.ask(left).await == "0" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("a dead worker's connections stay");
    }

    /// Answers a request, and lets happen meanwhile what the step has in store.
    async fn reply(self: &Rc<Self>, request: Request) -> Reply {
        if request.path == "/v1/health" {
            self.timeline.say("     GET /v1/health: 200");
            return Reply::Answer { status: 200, date: self.date(), body: json!({"version": "v1.0.0"}).to_string() };
        }

        let (fault, before, after) = {
            let mut plan = self.plan.borrow_mut();
            let number = plan.requests;
            plan.requests += 1;
            (plan.faults.get(&number).copied(), plan.before.get(&number).copied(), plan.after.get(&number).copied())
        };

        let name = format!("{} {}", request.method, request.path);
        if let Some(before) = before {
            self.timeline.say(format!("     while {name} is on its way:"));
            self.meanwhile(before).await;
        }
        if fault.is_some_and(|fault| fault != Fault::Death) {
            self.plan.borrow_mut().failed = true;
        }
        if let Some(Fault::Reset | Fault::Error) = fault {
            self.timeline.say(format!("     {name}: {fault:?}"));
            return self.fail(fault);
        }

        let answer = {
            let mut partner = self.partner.borrow_mut();
            partner.answer(&request, &mut self.dice.borrow_mut())
        };
        self.plan.borrow_mut().failed |= answer.status >= 400;
        let lost = fault.map(|fault| format!(" but {fault:?}")).unwrap_or_default();

        self.timeline.say(format!("     {name}: {}{lost}", answer.note));
        for lineage in &answer.revived {
            self.truth.borrow_mut().revived(lineage);
        }
        if !self.deaf.get() {
            for lineage in &answer.told {
                self.tell(lineage);
            }
        }

        if let Some(after) = after {
            self.timeline.say("     before its answer arrives:");
            self.meanwhile(after).await;
        }

        if fault == Some(Fault::Death) {
            doom();
            return Reply::Nothing;
        }
        if fault.is_some() {
            return self.fail(fault);
        }

        Reply::Answer { status: answer.status, date: self.date(), body: answer.body }
    }

    fn fail(&self, fault: Option<Fault>) -> Reply {
        match fault {
            Some(Fault::Error | Fault::LateError) => {
                let body = json!({"error": {"type": "internal", "message": "a fault"}}).to_string();
                Reply::Answer { status: 500, date: self.date(), body }
            }
            _ => Reply::Nothing,
        }
    }

    /// The partner's clock, as answers show it.
    fn date(&self) -> String {
        let now = DateTime::from_timestamp_micros(self.partner.borrow().clock()).unwrap_or_default();
        now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Remembers that the engine was told how a record is.
    pub(crate) fn tell(&self, lineage: &str) {
        let partner = self.partner.borrow();
        let Some(record) =
            partner.records.iter().find(|record| record.lineage == lineage && record.merged_into.is_none())
        else {
            return;
        };
        let values: Vec<Option<String>> = self.cast.fields.iter().map(|field| record.get(field)).collect();
        self.truth.borrow_mut().told(lineage, self.timeline.number(), &values, !record.deleted);
    }

    /// Runs one chunk, unless the worker dies. False: nothing was there to be claimed.
    pub(crate) async fn run_chunk(&self, plan: Plan, dies_after: Option<u64>) -> bool {
        let may_die = dies_after.is_some() || plan.faults.values().any(|fault| *fault == Fault::Death);

        *self.plan.borrow_mut() = plan;
        let engine = self.engine();
        let work = self.unblocked(Box::pin(engine.worker.run_one_chunk()));
        let done = if may_die { mortal(work, dies_after).await } else { Some(work.await) };
        drop(engine);

        let plan = self.plan.take();
        if plan.failed || done.is_none() {
            self.truth.borrow_mut().untold(self.timeline.number());
        }

        match done {
            Some(Ok(claimed)) => claimed,
            Some(Err(error)) => {
                self.timeline.say(format!("     the worker: {error}"));
                true
            }
            None => {
                self.timeline.say("     the worker dies");
                self.replace_engine().await;
                true
            }
        }
    }

    pub(crate) async fn connection(&self) -> PooledConnection {
        pool::get(&self.pool).await.expect("a connection")
    }
}
