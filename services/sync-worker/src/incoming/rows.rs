//! Writing rows together. One that the database refuses is found by halving, under savepoints, and stands alone.

use super::Target;
use crate::failure::Failure;
use std::collections::HashMap;
use storage::records::{self, Insert, Update, Written};
use storage::sqlstate::is_data_error;
use storage::{AsyncConnection, Connection, Error};

/// A row that can be written together with others of its kind.
pub(super) trait Row: Sized + Send + Sync {
    /// What the database makes of it.
    type Made: Send;

    /// Writes rows in one statement, and answers in their order.
    fn write(
        connection: &mut Connection,
        target: &Target<'_>,
        rows: &[Self],
    ) -> impl Future<Output = storage::Result<Vec<Self::Made>>> + Send;
}

/// Writes rows, and tells for each what was made of it or why it was refused.
pub(super) async fn write<R: Row>(
    connection: &mut Connection,
    target: &Target<'_>,
    rows: &[R],
) -> Result<Vec<Result<R::Made, Error>>, Failure> {
    let mut results = Vec::with_capacity(rows.len());
    // The part on top is always the one that begins where the results end.
    let mut parts = vec![rows];
    while let Some(part) = parts.pop().filter(|part| !part.is_empty()) {
        let attempt = connection.transaction(async |connection| R::write(connection, target, part).await).await;
        match attempt {
            Ok(made) => results.extend(made.into_iter().map(Ok)),
            Err(error) if !is_data_error(&error) => return Err(error.into()),
            Err(error) if part.len() == 1 => results.push(Err(error)),
            Err(_) => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.push(second);
                parts.push(first);
            }
        }
    }
    Ok(results)
}

/// What a constraint refused, without the value.
pub(super) fn refusal(error: &Error) -> String {
    let Error::DatabaseError(_, info) = error else { return "the database refuses the record".to_owned() };
    // A message may quote the value behind a colon.
    let words = || info.message().split(':').next().unwrap_or_default();
    let place = info.constraint_name().or_else(|| info.column_name()).unwrap_or_else(words);
    format!("the database refuses the record: {place}")
}

impl Row for Insert {
    type Made = Written;

    async fn write(connection: &mut Connection, target: &Target<'_>, rows: &[Self]) -> storage::Result<Vec<Written>> {
        records::insert(connection, target.descriptor, target.columns(), rows).await
    }
}

impl Row for Update {
    type Made = Written;

    async fn write(connection: &mut Connection, target: &Target<'_>, rows: &[Self]) -> storage::Result<Vec<Written>> {
        let written = records::update(connection, target.descriptor, target.columns(), rows).await?;
        // An UPDATE answers in its own order.
        let mut by_id: HashMap<i64, Written> = written.into_iter().map(|row| (row.id, row)).collect();
        rows.iter().map(|row| by_id.remove(&row.id).ok_or(Error::NotFound)).collect()
    }
}
