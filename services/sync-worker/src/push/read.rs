//! Reading a chunk's records and what they refer to. A row that cannot be read fails alone.

use super::Outcome;
use crate::failure::{Failure, Follows, Step, Together, Work, follows, together_or_apart};
use crate::incoming;
use crate::outgoing::Local;
use crate::preview;
use crate::references;
use crate::run::Run;
use domain::Counts;
use domain::run_mode::Effect;
use mapping::References;
use std::collections::HashMap;
use storage::Connection;
use storage::records::{self, Outgoing};
use storage::runs::chunks::{Chunk, Stretch};
use storage::runs::record_errors::NewRecordError;

/// Reads the chunk's records, and the links that they refer to.
pub(super) async fn read(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    outcome: &mut Outcome,
) -> Result<(Vec<Local>, References), Failure> {
    let rows = rows(connection, run, chunk, outcome).await?;
    let mut records: Vec<Local> = rows.into_iter().filter_map(|row| local(row, outcome)).collect();

    match run.frozen.effect {
        Effect::Apply => {}
        Effect::Preview | Effect::Check => {
            let pulled = preview::with_pulled(connection, run, records).await?;
            let conflicts = i64::try_from(pulled.conflicts.len()).unwrap_or(i64::MAX);
            outcome.counts += Counts { read: conflicts, conflicts, ..Counts::default() };
            outcome.items.extend(pulled.conflicts);
            records = pulled.records;
        }
    }

    let mut found = References::default();
    let fields = records.iter().map(|record| &record.fields);
    references::find(connection, run.integration_id, &run.mapping, fields, std::iter::empty(), &mut found).await?;
    Ok((records, found))
}

/// A row, its fields read; one that cannot be read fails alone.
pub(super) fn local(row: Outgoing, outcome: &mut Outcome) -> Option<Local> {
    match incoming::read_row(row.id, &row.fields) {
        Ok(fields) => Some(Local { row, fields }),
        Err(failure) => {
            unreadable(row.id, row.geniacs_id, &failure, outcome);
            None
        }
    }
}

async fn rows(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    outcome: &mut Outcome,
) -> Result<Vec<Outgoing>, Failure> {
    let failure = match together(connection, run, chunk, run.mapping.local_fields()).await {
        Ok(rows) => return Ok(rows),
        Err(failure) => failure,
    };

    if follows(&failure, Work { step: Step::Read, several: true, is_last: true }) != Follows::Split {
        return Err(failure);
    }
    apart(connection, run, chunk, outcome).await
}

/// Reads the chunk's rows in one statement.
async fn together<'a>(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    columns: impl Iterator<Item = &'a str>,
) -> Result<Vec<Outgoing>, Failure> {
    if let Some(ids) = &chunk.record_ids {
        return Ok(records::read_named(connection, run.descriptor, columns, run.integration_id, ids).await?);
    }
    let Some(selection) = &run.frozen.selection else {
        return Err(Failure::fatal("plan_unreadable", "the sync's plan selects no records; trigger it again"));
    };

    let stretch = Stretch {
        after: (chunk.after_xid.unwrap_or(0), chunk.after_id.unwrap_or(0)),
        upto: (chunk.upto_xid.unwrap_or(0), chunk.upto_id.unwrap_or(0)),
    };
    Ok(records::read_stretch(connection, run.descriptor, columns, run.integration_id, selection, stretch).await?)
}

/// Reads the same rows in ever smaller parts, and fails those that cannot be read alone.
async fn apart(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    outcome: &mut Outcome,
) -> Result<Vec<Outgoing>, Failure> {
    // Whatever a row holds, it can be named without its mapped columns.
    let without_columns = together(connection, run, chunk, std::iter::empty()).await?;
    let ids: Vec<i64> = without_columns.iter().map(|row| row.id).collect();

    let mut rows = Vec::with_capacity(ids.len());
    let read = together_or_apart(connection, Step::Read, &Reading { run }, &ids).await?;
    for (bare, row) in without_columns.into_iter().zip(read) {
        match row {
            Ok(row) => rows.extend(row),
            Err(failure) => unreadable(bare.id, bare.geniacs_id, &failure, outcome),
        }
    }
    Ok(rows)
}

/// Reading rows by id; none for one that went meanwhile.
struct Reading<'a> {
    run: &'a Run,
}

impl Together for Reading<'_> {
    type Item = i64;
    type Made = Option<Outgoing>;

    async fn together(&self, connection: &mut Connection, ids: &[i64]) -> Result<Vec<Option<Outgoing>>, Failure> {
        let (columns, integration_id) = (self.run.mapping.local_fields(), self.run.integration_id);
        let rows = records::read_named(connection, self.run.descriptor, columns, integration_id, ids).await?;
        let mut rows: HashMap<i64, Outgoing> = rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(ids.iter().map(|id| rows.remove(id)).collect())
    }
}

fn unreadable(local_id: i64, geniacs_id: Option<String>, failure: &Failure, outcome: &mut Outcome) {
    outcome.counts.read += 1;
    outcome.counts.failed += 1;
    outcome.errors.push(NewRecordError {
        record_id: Some(local_id),
        geniacs_id,
        error_type: failure.error_type().to_owned(),
        field: failure.field(),
        message: failure.refusal(),
        retryable: false,
    });
}
