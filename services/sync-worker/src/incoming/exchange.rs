//! Unique values that change hands: A takes what B gives up, B perhaps what A gives up. One row at a time, or even in one
//! statement, each is refused because of the other one.

use super::Target;
use super::rows::Row as _;
use crate::failure::Failure;
use std::collections::{BTreeSet, HashMap};
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

        // A round that freed nothing would only be refused again.
        if refused.len() == before {
            break;
        }
    }

    Ok(())
}

/// A row that was written without the values that others hold.
pub(super) struct Withheld {
    /// The columns that it was to get.
    pub(super) columns: Vec<String>,
    /// Why it did not.
    pub(super) failure: Failure,
}

/// Writes what is left of these rows where others hold unique values of theirs: whatever else Geniacs changed is not to wait
/// for those, since a push of the whole record may have overwritten it there meanwhile. Tells of them by their places.
pub(super) async fn write_rest(
    connection: &mut Connection,
    target: &Target<'_>,
    rows: &[Update],
    results: &mut [Result<Written, Failure>],
    may_be_divided: impl Fn(usize) -> bool,
) -> Result<HashMap<usize, Withheld>, Failure> {
    let mut withheld = HashMap::new();
    for place in refused(results).into_iter().filter(|place| may_be_divided(*place)) {
        let (Some(row), Some(result)) = (rows.get(place), results.get_mut(place)) else { continue };
        let Some(index) = result.as_ref().err().and_then(index_of) else { continue };

        let Some((written, columns)) = write_without(connection, target, row.clone(), index).await? else { continue };
        let refusal = std::mem::replace(result, Ok(written));
        withheld.extend(refusal.err().map(|failure| (place, Withheld { columns, failure })));
    }
    Ok(withheld)
}

/// Writes a row without the columns of this unique index, and of others that refuse it. None where nothing is left of it.
async fn write_without(
    connection: &mut Connection,
    target: &Target<'_>,
    mut rest: Update,
    mut index: String,
) -> Result<Option<(Written, Vec<String>)>, Failure> {
    let mut left_out = Vec::new();
    loop {
        let columns = records::unique_columns(connection, target.descriptor, &index).await?;
        let before = left_out.len();
        left_out.extend(columns.into_iter().filter(|column| rest.fields.remove(column).is_some()));
        if left_out.len() == before || rest.fields.is_empty() {
            return Ok(None);
        }

        let one = std::slice::from_ref(&rest);
        let attempt = connection.transaction(async |connection| Update::write(connection, target, one).await).await;
        match attempt {
            Ok(written) => return Ok(written.into_iter().next().map(|written| (written, left_out))),
            Err(error) if passing(&error).is_some() => return Err(error.into()),
            Err(error) => match index_of_error(&error) {
                Some(next) => index = next,
                None => return Ok(None),
            },
        }
    }
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
