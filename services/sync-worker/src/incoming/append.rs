//! Measurements from Geniacs: added where they are not here yet, and never changed.

use super::rows::{self, Row};
use super::{Incoming, Outcome, Target};
use crate::failure::Failure;
use crate::log_lines::left_out_field;
use mapping::{InvalidRecord, REFERENCE};
use storage::records::{self, Insert};
use storage::runs::logs;
use storage::{AsyncConnection, Connection};

/// Adds records and tells what became of each, in their order.
pub(super) async fn append(
    connection: &mut Connection,
    target: &Target<'_>,
    incoming: &[Incoming],
    warnings: &mut Vec<logs::Entry>,
) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::with_capacity(incoming.len());
    let mut samples = Vec::with_capacity(incoming.len());
    for (index, record) in incoming.iter().enumerate() {
        let outcome = match read(target, record, warnings) {
            Ok(insert) => {
                samples.push((index, Sample(insert)));
                Outcome::Created
            }
            Err(outcome) => outcome,
        };
        outcomes.push(outcome);
    }

    let (places, samples): (Vec<usize>, Vec<Sample>) = samples.into_iter().unzip();
    for (place, made) in places.into_iter().zip(write(connection, target, &samples).await?) {
        let Some(outcome) = outcomes.get_mut(place) else { continue };
        *outcome = match made {
            Ok(true) => Outcome::Created,
            Ok(false) => Outcome::Unchanged,
            Err(failure) => Outcome::refused(None, &failure),
        };
    }

    Ok(outcomes)
}

fn read(target: &Target<'_>, record: &Incoming, warnings: &mut Vec<logs::Entry>) -> Result<Insert, Outcome> {
    if record.deleted || !target.options.create_missing {
        return Err(Outcome::Skipped);
    }

    let invalid = |InvalidRecord { field, message }| Outcome::Failed {
        local_id: None,
        error_type: "validation_error",
        field,
        message,
    };

    if let Some(unknown) = target.rules(&[]).unknown_fields(record) {
        return Err(invalid(unknown));
    }

    let mapped = target.mapping.pull(&record.fields, &target.references);
    if !mapped.errors.is_empty() {
        let unresolved = mapped.errors.iter().all(|problem| problem.rule == REFERENCE);
        return Err(if unresolved {
            target.unresolved(None, record, &mapped.errors)
        } else {
            invalid(InvalidRecord::of(&mapped.errors))
        });
    }

    warnings.extend(mapped.warnings.iter().map(|problem| left_out_field(None, problem)));
    Ok(Insert { geniacs_id: record.geniacs_id.clone(), fields: mapped.fields })
}

/// A measurement to be added; true where it was new.
struct Sample(Insert);

impl Row for Sample {
    type Made = bool;

    async fn write(connection: &mut Connection, target: &Target<'_>, rows: &[Self]) -> storage::Result<Vec<bool>> {
        let inserts: Vec<Insert> = rows.iter().map(|sample| sample.0.clone()).collect();
        records::append(connection, target.descriptor, target.columns(), &inserts).await
    }
}

type Made = Result<bool, Failure>;

async fn write(connection: &mut Connection, target: &Target<'_>, samples: &[Sample]) -> Result<Vec<Made>, Failure> {
    if target.effect.writes() {
        return rows::write(connection, target, samples).await;
    }

    // Only the database knows which of them are new: written, and taken back.
    let mut made = Vec::new();
    let taken_back = connection.transaction(async |connection| {
        made = rows::write(connection, target, samples).await?;
        Err::<(), Failure>(storage::Error::RollbackTransaction.into())
    });

    match taken_back.await {
        Err(Failure::Database(storage::Error::RollbackTransaction)) | Ok(()) => Ok(made),
        Err(error) => Err(error),
    }
}
