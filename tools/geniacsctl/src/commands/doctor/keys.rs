//! The keys: every sealed value opens with the ring.

use super::Finding;
use secrets::{KeyRing, Place};
use service::Settings;
use storage::partners::integrations::{Filter, Integration, page};
use storage::upkeep::sealed::{self, SealedColumn};
use storage::{Connection, Result};

const PAGE: i64 = 100;

pub(super) async fn look_at_keys(settings: &Settings, connection: &mut Connection) -> Vec<Finding> {
    let keys = match settings.encryption.keys() {
        Ok(keys) => keys,
        Err(error) => return vec![Finding::wrong(format!("keys: {error}"))],
    };

    match open_all(&keys, connection).await {
        Ok((count, closed)) if closed.is_empty() => {
            let ids: Vec<&str> = keys.ids().collect();
            vec![Finding::well(format!("keys: {count} sealed value(s) open_all (ring: {})", ids.join(", ")))]
        }
        Ok((_, closed)) => closed,
        Err(error) => vec![Finding::wrong(format!("keys: the sealed values cannot be read ({error}); try again"))],
    }
}

/// How many values open, and those that do not.
async fn open_all(keys: &KeyRing, connection: &mut Connection) -> Result<(usize, Vec<Finding>)> {
    let (mut count, mut closed) = (0, Vec::new());
    for column in sealed::ALL {
        let (values, wrong) = open_column(keys, connection, *column).await?;
        count += values;
        closed.extend(wrong);
    }
    Ok((count, closed))
}

async fn open_column(
    keys: &KeyRing,
    connection: &mut Connection,
    column: SealedColumn,
) -> Result<(usize, Vec<Finding>)> {
    let (mut count, mut closed, mut after) = (0, Vec::new(), i64::MIN);
    loop {
        let values = sealed::page(connection, column, after, PAGE).await?;
        let Some(last) = values.last() else { return Ok((count, closed)) };

        (count, after) = (count + values.len(), last.id);

        for value in values {
            let place = Place { table: column.table, column: column.column, row: value.id };
            closed.extend(keys.open(&place, &value.sealed).err().map(|e| Finding::wrong(format!("keys: {e}"))));
        }
    }
}

/// Every integration that is not archived.
pub(super) async fn all_integrations(connection: &mut Connection) -> Result<Vec<Integration>> {
    let mut integrations = Vec::new();
    loop {
        let offset = i64::try_from(integrations.len()).unwrap_or(i64::MAX);
        let found = page(connection, Filter::default(), offset, PAGE).await?;
        if found.is_empty() {
            return Ok(integrations);
        }
        integrations.extend(found);
    }
}
