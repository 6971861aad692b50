//! Unique values that change hands: A takes what B gives up, B perhaps what A gives up. One row at a time, or even in one
//! statement, each is refused because of the other one.

use super::Target;
use super::rows::Row as _;
use crate::failure::Failure;
use std::collections::BTreeSet;
use storage::records::{self, Update, Written};
use storage::sqlstate::passing;
use storage::{AsyncConnection, Connection, Error};

/// Unique indexes of one table whose values change hands at once.
const MOST_INDEXES: usize = 4;

/// Writes rows again that were refused because another one held a unique value: together, in two steps under one
/// savepoint, and else one by one, as long as that frees what others wait for.
pub(super) async fn write_again(
    connection: &mut Connection,
    target: &Target<'_>,
    rows: &[Update],
    results: &mut [Result<Written, Failure>],
) -> Result<(), Failure> {
    let mut refused = refused(results);
    if refused.len() > 1 {
        let some: Vec<Update> = refused.iter().filter_map(|place| rows.get(*place).cloned()).collect();
        let indexes = results.iter().filter_map(|result| index_of(result.as_ref().err()?)).collect();
        if let Some(written) = in_two_steps(connection, target, &some, indexes).await? {
            put(results, refused.into_iter().zip(written));
            return Ok(());
        }
    }
    while !refused.is_empty() {
        let before = refused.len();
        for place in std::mem::take(&mut refused) {
            let Some(row) = rows.get(place) else { continue };
            let one = std::slice::from_ref(row);
            let attempt = connection.transaction(async |connection| Update::write(connection, target, one).await).await;
            match attempt {
                Ok(written) => put(results, std::iter::once(place).zip(written)),
                Err(error) if index_of_error(&error).is_some() => refused.push(place),
                Err(error) if passing(&error).is_some() => return Err(error.into()),
                Err(error) => put_error(results, place, error.into()),
            }
        }
        if refused.len() == before {
            break;
        }
    }
    Ok(())
}

/// The places of rows that another row's unique value stands against.
fn refused(results: &[Result<Written, Failure>]) -> Vec<usize> {
    let is_refused = |result: &Result<Written, Failure>| result.as_ref().err().and_then(index_of).is_some();
    results.iter().enumerate().filter(|(_, result)| is_refused(result)).map(|(place, _)| place).collect()
}

/// The unique index that refused a row.
fn index_of(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Database(error) => index_of_error(error),
        _ => None,
    }
}

fn index_of_error(error: &Error) -> Option<String> {
    match error {
        Error::DatabaseError(storage::DatabaseErrorKind::UniqueViolation, info) => {
            info.constraint_name().map(str::to_owned)
        }
        _ => None,
    }
}

/// Lets the rows give up what they hold in these indexes, and then writes them. None where they are refused again.
async fn in_two_steps(
    connection: &mut Connection,
    target: &Target<'_>,
    rows: &[Update],
    mut indexes: BTreeSet<String>,
) -> Result<Option<Vec<Written>>, Failure> {
    while indexes.len() <= MOST_INDEXES {
        let attempt = connection
            .transaction(async |connection| {
                for index in &indexes {
                    records::let_go(connection, target.descriptor, index, rows).await?;
                }
                Update::write(connection, target, rows).await
            })
            .await;
        match attempt {
            Ok(written) => return Ok(Some(written)),
            Err(error) if passing(&error).is_some() => return Err(error.into()),
            // Another unique value may change hands as well.
            Err(error) => match index_of_error(&error) {
                Some(index) if !indexes.contains(&index) => drop(indexes.insert(index)),
                _ => return Ok(None),
            },
        }
    }
    Ok(None)
}

fn put(results: &mut [Result<Written, Failure>], written: impl Iterator<Item = (usize, Written)>) {
    for (place, row) in written {
        if let Some(result) = results.get_mut(place) {
            *result = Ok(row);
        }
    }
}

fn put_error(results: &mut [Result<Written, Failure>], place: usize, failure: Failure) {
    if let Some(result) = results.get_mut(place) {
        *result = Err(failure);
    }
}
