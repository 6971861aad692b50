//! From local rows to what is worth sending.

use super::Outcome;
use crate::form::{Form, KeptForm};
use crate::log_lines::left_out_field;
use crate::outgoing::{Changed, LeftOut, Local, Prepared, WhyLeftOut};
use crate::references::{UNRESOLVED, waits_of_local};
use crate::run::Run;
use domain::Counts;
use geniacs::{PushContent, PushRecord};
use mapping::{InvalidRecord, Mapped, REFERENCE, References, same_json};
use reconcile::Kept;
use serde_json::{Map, Value};
use std::time::Instant;
use storage::records::Outgoing;
use storage::runs::record_errors::NewRecordError;

/// Maps records and leaves out those that fail, that the options exclude, or that Geniacs has confirmed already.
pub(super) fn prepare(
    run: &Run,
    chunk_unconfirmed: bool,
    records: Vec<Local>,
    references: &References,
    outcome: &mut Outcome,
) -> Vec<Prepared> {
    let mut worth_sending = Vec::with_capacity(records.len());
    for Local { row: record, fields: local } in records {
        outcome.counts.read += 1;
        if record.held {
            outcome.counts.conflicts += 1;
            outcome.left_out.push(LeftOut::of(record, WhyLeftOut::Conflict));
            continue;
        }

        let known = record.geniacs_id.is_some() || record.deleted;
        let allowed = if known { run.frozen.options.update_existing } else { run.frozen.options.create_missing };
        if !allowed {
            outcome.counts.skipped += 1;
            outcome.left_out.push(LeftOut::of(record, WhyLeftOut::Options));
            continue;
        }

        let unconfirmed = chunk_unconfirmed || record.unconfirmed;
        if record.deleted {
            worth_sending.push(prepared(record, PushContent::Delete, None, unconfirmed));
            continue;
        }

        let Some(mapped) = map(run, &record, &local, references, outcome) else { continue };
        let form = Form::of(&mapped.fields);
        let skips = run.skips_confirmed() && !unconfirmed && !record.deleted_there;
        if skips && record.content_hash.as_deref() == Some(form.hash.as_slice()) {
            outcome.counts.unchanged += 1;
            continue;
        }

        let kept = Kept::read(record.agreed.as_deref(), record.held_fields.as_deref());
        if skips && !kept.is_unknown() && !kept.differs(&run.mapping, &mapped) {
            outcome.counts.unchanged += 1;
            continue;
        }

        let all = !run.skips_confirmed() || record.geniacs_id.is_none() || record.deleted_there;
        let sent = kept.to_send(&run.mapping, &mapped, all);
        let clears = kept.is_cleared_by(&sent);

        let is_new = record.geniacs_id.is_none() || record.deleted_there || kept.is_unknown();
        let changed = (!is_new).then(|| changed(&kept, &sent, &mapped, record.sent_before.as_deref()));
        let kept = KeptForm::of(&Kept::confirmed(&kept, &sent, &mapped));
        let prepared = prepared(record, PushContent::Upsert(sent), Some((form, kept)), unconfirmed);
        worth_sending.push(Prepared { changed, clears, ..prepared });
    }
    worth_sending
}

fn prepared(
    record: Outgoing,
    body: PushContent,
    forms: Option<(Form, Option<KeptForm>)>,
    unconfirmed: bool,
) -> Prepared {
    let linked = record.geniacs_id.is_some();
    let (form, kept) = forms.unzip();
    Prepared {
        record: PushRecord { external_id: record.id, geniacs_id: record.geniacs_id, version: record.changed_xid, body },
        form,
        kept: kept.flatten(),
        agreed: record.agreed,
        held: record.held_fields,
        changed: None,
        read_at: record.read_at,
        read: Instant::now(),
        synced_at: record.synced_at,
        passed_over: record.passed_over,
        clears: false,
        unconfirmed,
        noted: record.unconfirmed,
        linked,
    }
}

/// What a push changes at Geniacs, given what an earlier request without an answer has sent.
fn changed(kept: &Kept, sent: &Map<String, Value>, local: &Mapped, sent_before: Option<&str>) -> Changed {
    let before: Map<String, Value> = sent_before.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let undone = |(name, value): &(&String, &Value)| sent.get(*name).is_some_and(|sent| !same_json(sent, value));
    let undone: Vec<(&String, &Value)> = before.iter().filter(undone).collect();

    let names = kept.changed_by(sent, local).chain(undone.iter().map(|(name, _)| name.as_str()));
    let mut fields: Vec<String> = names.map(str::to_owned).collect();
    fields.sort_unstable();
    fields.dedup();

    let mut replaced = Map::new();
    for (name, value) in kept.replaced_by(sent).chain(undone.iter().map(|(name, value)| (name.as_str(), *value))) {
        let values = replaced.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        values.as_array_mut().into_iter().for_each(|values| values.push(value.clone()));
    }
    Changed { fields, replaced }
}

/// The Geniacs form of a record, or none if it fails its mapping.
fn map(
    run: &Run,
    record: &Outgoing,
    local: &Map<String, Value>,
    references: &References,
    outcome: &mut Outcome,
) -> Option<Mapped> {
    let mapped = run.mapping.push(local, references);
    outcome.warnings.extend(mapped.warnings.iter().map(|problem| left_out_field(Some(record.id), problem)));

    if mapped.errors.is_empty() {
        return Some(mapped);
    }

    let waits = mapped.errors.iter().all(|problem| problem.rule == REFERENCE);
    if waits {
        outcome.waits.extend(waits_of_local(run.entity, record.id, &run.mapping, local, references));
    }

    let InvalidRecord { field, message } = InvalidRecord::of(&mapped.errors);
    outcome.counts.failed += 1;
    outcome.errors.push(NewRecordError {
        record_id: Some(record.id),
        geniacs_id: record.geniacs_id.clone(),
        error_type: if waits { UNRESOLVED } else { "validation_error" }.to_owned(),
        field,
        message,
        retryable: false,
    });

    // The log keeps the contract's sentence for required fields as well.
    let invalid = mapped.errors.iter().filter(|problem| problem.rule != REFERENCE);
    outcome.warnings.extend(invalid.map(|problem| left_out_field(Some(record.id), problem)));
    None
}

/// The natural key that a record is sent with.
pub(super) fn natural_key<'a>(run: &Run, record: &'a PushRecord) -> Option<&'a str> {
    match &record.body {
        PushContent::Upsert(fields) => fields.get(run.key_field()?)?.as_str(),
        PushContent::Delete => None,
    }
}

/// What a record would be counted as if Geniacs took it.
pub(super) fn expected(record: &Prepared) -> fn(&mut Counts) -> &mut i64 {
    match (&record.record.body, &record.record.geniacs_id) {
        (PushContent::Delete, _) => |c| &mut c.deleted,
        (PushContent::Upsert(_), None) => |c| &mut c.created,
        (PushContent::Upsert(_), Some(_)) => |c| &mut c.updated,
    }
}
