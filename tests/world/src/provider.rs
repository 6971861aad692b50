//! The provider's people: what they do to its own tables, in short transactions and in long ones.

use crate::cast::Cast;
use crate::fields::{Field, Kind};
use crate::truth::Side;
use crate::world::World;
use std::time::Duration;
use tokio_postgres::Client;

/// A row as it is here.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) lineage: String,
    pub(crate) deleted: bool,
    /// By the place of their field.
    pub(crate) values: Vec<Option<String>>,
}

/// What a person did; true once it is committed.
pub(crate) enum Deed {
    Edited(String, Vec<(usize, Option<String>)>),
    Lives(String, bool),
    /// Its row here is gone for good.
    Gone(String),
}

/// A transaction that stays open across other steps.
pub(crate) struct OpenTransaction {
    client: Client,
    deeds: Vec<Deed>,
}

impl Row {
    /// A person gives it these values. One that it holds already is no edit.
    fn edited(&self, cast: &Cast, mut values: Vec<(usize, Option<String>)>) -> Deed {
        values.retain(|(place, value)| !cast.fields[*place].same(self.values[*place].as_deref(), value.as_deref()));
        Deed::Edited(self.lineage.clone(), values)
    }
}

impl World {
    pub(crate) async fn rows(&self) -> Vec<Row> {
        let columns: Vec<String> = self.cast.fields.iter().map(Field::shown).collect();
        let (token, table) = (self.cast.token.local, self.cast.table);
        let query = format!(
            "SELECT id, {token}::text, deleted_at IS NOT NULL, {} FROM {table} ORDER BY id",
            columns.join(", ")
        );

        let row = |row: &tokio_postgres::Row| Row {
            id: row.get(0),
            lineage: row.get::<_, Option<String>>(1).unwrap_or_else(|| "?".to_owned()),
            deleted: row.get(2),
            values: (0..columns.len()).map(|place| row.get(3 + place)).collect(),
        };
        self.query(&query).await.iter().map(row).collect()
    }

    pub(crate) async fn live_rows(&self) -> Vec<Row> {
        self.rows().await.into_iter().filter(|row| !row.deleted).collect()
    }

    /// Some new values: of each field, or of a few.
    pub(crate) fn values(&self, all: bool, side: Side) -> Vec<(usize, Option<String>)> {
        let count = if all { self.cast.fields.len() } else { 1 + self.below(2) };
        let mut places: Vec<usize> = (0..self.cast.fields.len()).collect();
        if !all {
            self.dice.borrow_mut().shuffle(&mut places);
        }
        places.truncate(count);
        places.into_iter().map(|place| (place, self.value(&self.cast.fields[place], all, side))).collect()
    }

    fn value(&self, field: &Field, new: bool, side: Side) -> Option<String> {
        if field.optional && self.chance(if new { 20 } else { 35 }) {
            return None;
        }
        let number = self.number();
        if side == Side::There && self.partner.borrow().traits.rounds && field.kind == Kind::Number {
            return Some(number.to_string());
        }
        if field.kind == Kind::Number && side == Side::There && self.chance(25) {
            return Some(format!("{number}.005"));
        }
        Some(field.value(number))
    }

    pub(crate) async fn create_here(&self) {
        let lineage = self.cast.new_token(self.number());
        let values = self.values(true, Side::Here);
        self.insert(&lineage, values).await;
    }

    /// Makes a row with these values.
    pub(crate) async fn insert(&self, lineage: &str, values: Vec<(usize, Option<String>)>) {
        let columns: Vec<&str> = values.iter().map(|(place, _)| self.cast.fields[*place].local).collect();
        let literals: Vec<String> =
            values.iter().map(|(place, value)| self.cast.fields[*place].sql(value.as_deref())).collect();

        let statement = format!(
            "INSERT INTO {} ({}, {}) VALUES ('{lineage}', {})",
            self.cast.table,
            self.cast.token.local,
            columns.join(", "),
            literals.join(", ")
        );

        let deeds = vec![Deed::Lives(lineage.to_owned(), true), Deed::Edited(lineage.to_owned(), values)];
        self.commit(&[statement], deeds).await;
    }

    pub(crate) async fn edit_here(&self) {
        let Some(row) = self.pick(&self.live_rows().await) else { return };
        let values = self.values(false, Side::Here);
        self.commit(&[self.update(row.id, &values)], vec![row.edited(self.cast, values)]).await;
    }

    /// A person writes what the mapping refuses.
    pub(crate) async fn write_nonsense_here(&self) {
        let Some(row) = self.pick(&self.live_rows().await) else { return };
        let refusable: Vec<usize> = (0..self.cast.fields.len())
            .filter(|place| matches!(self.cast.fields[*place].kind, Kind::Email | Kind::Phone))
            .collect();
        let Some(place) = self.pick(&refusable) else { return };
        let values = vec![(place, Some(format!("none {}", self.number())))];
        self.commit(&[self.update(row.id, &values)], vec![Deed::Edited(row.lineage, values)]).await;
    }

    pub(crate) async fn delete_here(&self) {
        let Some(row) = self.pick(&self.live_rows().await) else { return };
        let table = self.cast.table;
        let (statement, deed) = if self.chance(50) {
            let statement = format!("UPDATE {table} SET deleted_at = geniacs_now() WHERE id = {}", row.id);
            (statement, Deed::Lives(row.lineage, false))
        } else {
            (format!("DELETE FROM {table} WHERE id = {}", row.id), Deed::Gone(row.lineage))
        };
        self.commit(&[statement], vec![deed]).await;
    }

    pub(crate) async fn revive_here(&self) {
        let rows = self.rows().await;
        let dead: Vec<&Row> = rows
            .iter()
            .filter(|row| row.deleted && !rows.iter().any(|r| r.lineage == row.lineage && !r.deleted))
            .collect();
        let Some(row) = self.pick(&dead) else { return };
        let statement = format!("UPDATE {} SET deleted_at = NULL WHERE id = {}", self.cast.table, row.id);
        self.commit(&[statement], vec![Deed::Lives(row.lineage.clone(), true)]).await;
    }

    /// A row is deleted and made anew with the same code.
    pub(crate) async fn recreate_here(&self) {
        let Some(row) = self.pick(&self.live_rows().await) else { return };
        let table = self.cast.table;
        let (statement, deed) = if self.chance(50) {
            let statement = format!("UPDATE {table} SET deleted_at = geniacs_now() WHERE id = {}", row.id);
            (statement, Deed::Lives(row.lineage, false))
        } else {
            (format!("DELETE FROM {table} WHERE id = {}", row.id), Deed::Gone(row.lineage.clone()))
        };
        self.commit(&[statement], vec![deed]).await;
        let mut values = self.values(true, Side::Here);
        values[self.cast.code()].1.clone_from(&row.values[self.cast.code()]);
        self.insert(&self.cast.new_token(self.number()), values).await;
    }

    /// Unique values change hands: two rows swap them, or one takes another's, which gets a new one.
    pub(crate) async fn swap_here(&self) {
        let rows: Vec<Row> =
            self.live_rows().await.into_iter().filter(|row| row.values[self.cast.code()].is_some()).collect();
        let (Some(one), Some(other)) = (self.pick(&rows), self.pick(&rows)) else { return };
        if one.id == other.id {
            return;
        }

        let (taken, left) =
            (other.values[self.cast.code()].clone(), self.left_over(one.values[self.cast.code()].as_ref()));
        let set = |id: i64, value: &Option<String>| self.update(id, &[(self.cast.code(), value.clone())]);
        let statements = [set(one.id, &None), set(other.id, &left), set(one.id, &taken)];

        let deeds = vec![
            one.edited(self.cast, vec![(self.cast.code(), taken)]),
            other.edited(self.cast, vec![(self.cast.code(), left)]),
        ];
        self.commit(&statements, deeds).await;
    }

    /// What the robbed one gets.
    pub(crate) fn left_over(&self, of_the_robber: Option<&String>) -> Option<String> {
        if self.chance(60) {
            of_the_robber.cloned()
        } else {
            Some(self.cast.fields[self.cast.code()].value(self.number()))
        }
    }

    /// One transaction, or part of one that stays open.
    async fn commit(&self, statements: &[String], deeds: Vec<Deed>) {
        // Several statements in one message are one transaction.
        if let Err(error) = self.sql.batch_execute(&statements.join("; ")).await {
            let reason = error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().to_owned());
            self.timeline.say(format!("here: {} refused: {reason}", statements.join("; ")));
            return;
        }
        self.timeline.say(format!("here: {}", statements.join("; ")));
        self.done(deeds);
    }

    fn done(&self, deeds: Vec<Deed>) {
        let step = self.timeline.number();
        let mut truth = self.truth.borrow_mut();

        for deed in deeds {
            match deed {
                Deed::Edited(lineage, values) => {
                    for (place, value) in values {
                        truth.edited(&lineage, place, Side::Here, value, step);
                    }
                }
                Deed::Lives(lineage, alive) => truth.lives(&lineage, Side::Here, alive, step),
                Deed::Gone(lineage) => truth.gone(&lineage, step),
            }
        }
    }

    /// A transaction begins that stays open, with an edit in it.
    pub(crate) async fn open_transaction(&self) {
        let Some(row) = self.pick(&self.live_rows().await) else { return };
        let values = self.values(false, Side::Here);
        let client = self.database.connect().await;
        let statement = self.update(row.id, &values);
        if client.batch_execute(&format!("BEGIN; {statement}")).await.is_err() {
            return;
        }
        self.timeline.say(format!("here, not committed yet: {statement}"));
        self.open.borrow_mut().push(OpenTransaction { client, deeds: vec![row.edited(self.cast, values)] });
    }

    /// The oldest open transaction ends.
    pub(crate) async fn end_transaction(&self) {
        let open = {
            let mut open = self.open.borrow_mut();
            if open.is_empty() {
                return;
            }
            open.remove(0)
        };

        if self.chance(80) && open.client.batch_execute("COMMIT").await.is_ok() {
            self.timeline.say("here: the open transaction is committed");
            self.done(open.deeds);
        } else {
            self.timeline.say("here: the open transaction is rolled back");
            let _ = open.client.batch_execute("ROLLBACK").await;
        }
    }

    /// Works; whatever waits for a row of an open transaction gets it soon.
    pub(crate) async fn unblocked<T>(&self, work: impl Future<Output = T>) -> T {
        if self.open.borrow().is_empty() {
            return work.await;
        }

        let letting_go = async {
            loop {
                tokio::time::sleep(Duration::from_millis(15)).await;
                let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
                if self.ask(waiting).await != "0" {
                    self.end_transaction().await;
                }
            }
        };

        tokio::select! {
            done = work => done,
            () = letting_go => unreachable!("it never ends"),
        }
    }

    fn update(&self, id: i64, values: &[(usize, Option<String>)]) -> String {
        let set: Vec<String> = values
            .iter()
            .map(|(place, value)| {
                let field = &self.cast.fields[*place];
                format!("{} = {}", field.local, field.sql(value.as_deref()))
            })
            .collect();
        format!("UPDATE {} SET {} WHERE id = {id}", self.cast.table, set.join(", "))
    }
}
