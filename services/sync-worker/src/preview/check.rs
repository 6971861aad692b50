//! Comparing a page of Geniacs' records with what is here, as a consistency check does: first as a whole, then by
//! record, and only what differs field by field.

use super::there::{Wanted, held};
use crate::failure::Failure;
use crate::form::Form;
use crate::incoming::{Incoming, read_row};
use crate::references;
use crate::run::Run;
use geniacs::Client;
use mapping::References;
use serde_json::{Map, Value};
use std::collections::HashMap;
use storage::{Connection, Pool, pool, records};

/// The records of a page that do not say what is here, read again at Geniacs, since they may have been changed while
/// the page was on its way; and how many others there are.
pub(crate) async fn differing(
    pool: &Pool,
    run: &Run,
    client: &Client,
    (page, asked_at): (Vec<Incoming>, i64),
) -> Result<(Vec<Incoming>, i64), Failure> {
    let size = page.len();

    let here = here(&mut *pool::get(pool).await?, run, &page).await?;
    let forms: Vec<_> = page.iter().map(|record| (there(run, record), here.get(&record.geniacs_id))).collect();
    let digests =
        (digest(forms.iter().map(|(there, _)| *there)), digest(forms.iter().map(|(_, here)| here.map(|h| h.1))));

    if digests.0 == digests.1 {
        return Ok((Vec::new(), count(size)));
    }

    let differs: Vec<Incoming> = page
        .into_iter()
        .zip(forms)
        .filter(|(_, (there, here))| there.is_none() || *there != here.map(|here| here.1))
        .map(|(record, _)| record)
        .collect();

    let equal = count(size) - count(differs.len());
    Ok((read_again(run, client, (differs, asked_at), &here).await?, equal))
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// One hash over the hashes of many records. A record that is not there counts as well.
fn digest(hashes: impl Iterator<Item = Option<[u8; 32]>>) -> [u8; 32] {
    let bytes: Vec<u8> = hashes.flat_map(Option::unwrap_or_default).collect();
    secrets::content_hash(&bytes)
}

/// A local record: its id, and the hash of its Geniacs form.
type Here = (i64, [u8; 32]);

/// The local records that a page's records are linked to, by Geniacs id.
async fn here(connection: &mut Connection, run: &Run, page: &[Incoming]) -> Result<HashMap<String, Here>, Failure> {
    let ids: Vec<_> = page.iter().map(|record| (run.entity, record.geniacs_id.as_str())).collect();
    let links = storage::records::references::find(connection, run.integration_id, &[], &ids).await?;

    let local_ids: Vec<i64> = links.iter().map(|link| link.local_id).collect();
    let columns = run.mapping.local_fields();
    let rows = records::read_named(connection, run.descriptor, columns, run.integration_id, &local_ids).await?;

    let mut locals = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| !row.deleted) {
        let fields = read_row(row.id, &row.fields)?;
        locals.extend(row.geniacs_id.map(|geniacs_id| (geniacs_id, row.id, fields)));
    }

    let mut found = References::default();
    let fields = locals.iter().map(|(_, _, fields)| fields);
    references::find(connection, run.integration_id, &run.mapping, fields, std::iter::empty(), &mut found).await?;

    let hash = |fields| Form::of(&without_nulls(run.mapping.push(fields, &found).fields)).hash;
    Ok(locals.iter().map(|(geniacs_id, id, fields)| (geniacs_id.clone(), (*id, hash(fields)))).collect())
}

/// What Geniacs says of a record, hashed like the local one; none if it is deleted there.
fn there(run: &Run, record: &Incoming) -> Option<[u8; 32]> {
    if record.deleted {
        return None;
    }
    let names = run.mapping.geniacs_fields();
    let fields = names.filter_map(|name| Some((name.to_owned(), record.fields.get(name)?.clone()))).collect();
    Some(Form::of(&without_nulls(fields)).hash)
}

fn without_nulls(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|_, value| !value.is_null());
    fields
}

async fn read_again(
    run: &Run,
    client: &Client,
    (differing, asked_at): (Vec<Incoming>, i64),
    here: &HashMap<String, Here>,
) -> Result<Vec<Incoming>, Failure> {
    let local_id = |record: &Incoming| here.get(&record.geniacs_id).map(|here| here.0);
    let wanted: Vec<Wanted<'_>> =
        differing.iter().filter_map(|record| Some((local_id(record)?, Some(record.geniacs_id.as_str())))).collect();

    let mut now = held(client, run.entity, &wanted).await?;
    let again = |record: Incoming| match local_id(&record) {
        None => record,
        // The page has just shown one that cannot be asked for.
        Some(id) if now.unknown.contains_key(&id) => record,
        Some(id) => match now.records.remove(&id) {
            Some(now) => crate::incoming::listed(&now, asked_at),
            None => Incoming { deleted: true, ..record },
        },
    };

    Ok(differing.into_iter().map(again).collect())
}
