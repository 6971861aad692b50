//! Records of Geniacs' under an id that nothing is linked to, which name a row that is linked to another id: by its
//! `external_id` or its natural key.

use crate::failure::Failure;
use crate::incoming::Incoming;
use mapping::{Plan, References};
use serde_json::Map;
use std::collections::HashMap;
use storage::Connection;
use storage::entities::Descriptor;
use storage::records::Candidate;
use storage::records::rekeyed::{self, Claim};

/// The claims among records that can be true: two records cannot both be the same row.
pub(crate) async fn claims(
    connection: &mut Connection,
    (integration_id, descriptor, mapping): (i64, &Descriptor, &Plan),
    incoming: &[Incoming],
) -> Result<Vec<Claim>, Failure> {
    let alive: Vec<&Incoming> = incoming.iter().filter(|record| !record.deleted).collect();
    let keys: Vec<Option<String>> = alive.iter().map(|record| natural_key(descriptor, mapping, record)).collect();

    let candidates: Vec<Candidate<'_>> = alive
        .iter()
        .zip(&keys)
        .map(|(record, key)| Candidate {
            geniacs_id: &record.geniacs_id,
            external_id: record.external_id,
            natural_key: key.as_deref(),
        })
        .collect();

    let mut claims = rekeyed::claims(connection, descriptor, integration_id, &candidates).await?;
    claims.sort_unstable_by(|a, b| (a.local_id, &a.geniacs_id).cmp(&(b.local_id, &b.geniacs_id)));
    claims.dedup();

    let mut claimed: HashMap<i64, usize> = HashMap::new();
    for claim in &claims {
        *claimed.entry(claim.local_id).or_default() += 1;
    }
    claims.retain(|claim| claimed.get(&claim.local_id) == Some(&1));
    Ok(claims)
}

fn natural_key(descriptor: &Descriptor, mapping: &Plan, record: &Incoming) -> Option<String> {
    let column = descriptor.natural_key?;
    let (_, field) = mapping.local_fields().zip(mapping.geniacs_fields()).find(|(local, _)| *local == column)?;
    let only = Map::from_iter([(field.to_owned(), record.fields.get(field)?.clone())]);
    let mapped = mapping.pull_partial(&only, &References::default()).fields;
    mapped.get(column)?.as_str().map(str::to_owned)
}
