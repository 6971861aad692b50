//! Events about the records of one entity, applied together.

use super::alone::later;
use super::batch::{Results, Told, set_aside, verdict};
use super::event::use_geniacs_names;
use crate::claims::claims;
use crate::failure::{DUPLICATE_VALUE, Failure};
use crate::history;
use crate::incoming::{self, AppliedRecord, Incoming, Merging, Outcome, Target};
use crate::references::UNRESOLVED;
use crate::run::compile;
use domain::history::{Action, Cause};
use domain::integration::Configuration;
use domain::run_mode::Effect;
use domain::sync::SyncOptions;
use domain::webhook::EventKind;
use domain::webhook::WebhookState::{Processed, Superseded};
use domain::{EntityType, SyncDirection};
use mapping::{Context, FieldMapping, Plan, References};
use std::collections::{HashMap, HashSet};
use storage::Connection;
use storage::partners::{accounts, mappings};
use storage::records::history::{Entry, Origin};
use storage::records::links;
use storage::records::rekeyed::{self, FormerId};
use storage::records::unanswered::{self, News};
use storage::records::waiting::Wait;
use storage::webhooks::Event;

/// Applies what events say about records.
pub(super) async fn apply(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    told: Vec<Told<'_>>,
    results: &mut Results,
) -> Result<(), Failure> {
    let Usable { mappings, plan, configuration } = match plan(connection, integration_id, entity).await? {
        Ok(plan) => plan,
        Err((outcome, reason)) => {
            results.verdicts.extend(told.iter().map(|told| set_aside(told.event, outcome, reason.clone())));
            return Ok(());
        }
    };

    let told = without_unanswered(connection, integration_id, entity, told, results).await?;
    let (events, records): (Vec<&Event>, Vec<Incoming>) = told
        .into_iter()
        .map(|Told { event, mut incoming }| {
            incoming.fields = use_geniacs_names(incoming.fields, &mappings);
            (event, incoming)
        })
        .unzip();

    let options = SyncOptions::default();
    let target = target(integration_id, entity, (&plan, &configuration), &options);
    let (events, records) = without_claims(connection, &target, events, records, results).await?;

    let applied = incoming::apply(connection, &target, records, &mut results.log).await?;
    note(connection, &target, &events, &applied).await?;

    for (event, AppliedRecord { record, applied }) in events.into_iter().zip(applied) {
        results.end(event, &applied.outcome);
        results.linked.extend(applied.newly_linked.then_some((entity, record.geniacs_id)));
    }

    Ok(())
}

/// Takes out the events about unknown records that a push may just be creating. The news of a creation waits for the
/// answer; others end, and are opened again when the record is linked.
async fn without_unanswered<'a>(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    told: Vec<Told<'a>>,
    results: &mut Results,
) -> Result<Vec<Told<'a>>, Failure> {
    if storage::entities::descriptor(entity).append_only {
        return Ok(told);
    }
    // No push links a record from here to the end of this transaction.
    links::lock_incoming(connection, integration_id, entity).await?;

    let news: Vec<News<'_>> = told
        .iter()
        .map(|told| News { geniacs_id: &told.incoming.geniacs_id, stored_at: told.event.stored_at })
        .collect();
    let may_be_ours = unanswered::may_be_ours(connection, integration_id, entity, &news).await?;

    let mut left = Vec::with_capacity(told.len());
    for (told, may_be_ours) in told.into_iter().zip(may_be_ours) {
        match EventKind::of(&told.event.event_type) {
            _ if !may_be_ours => left.push(told),
            EventKind::Created(_) => results.awaiting.push(told.event.id),
            _ => results.verdicts.push(verdict(told.event, Processed, "unknown_record")),
        }
    }
    Ok(left)
}

/// Takes out the events about records under an id that nothing is linked to, where that is the former id of a record, where
/// a listing has shown that the record was deleted later, or where they name a row that is linked to another one. A pull finds
/// out whether that is the same record under a new id; the events are opened again when their id is linked.
async fn without_claims<'a>(
    connection: &mut Connection,
    target: &Target<'_>,
    events: Vec<&'a Event>,
    records: Vec<Incoming>,
    results: &mut Results,
) -> Result<(Vec<&'a Event>, Vec<Incoming>), Failure> {
    if target.descriptor.append_only || records.is_empty() {
        return Ok((events, records));
    }

    let of_target = (target.integration_id, target.descriptor, target.mapping);
    let claims = claims(connection, of_target, &records).await?;

    let ids: Vec<&str> = records.iter().map(|record| record.geniacs_id.as_str()).collect();
    let former = rekeyed::former_ids(connection, target.integration_id, target.entity, &ids).await?;
    let former: HashMap<String, FormerId> = former.into_iter().map(|id| (id.geniacs_id.clone(), id)).collect();

    // A deletion wins over all that is as new.
    let is_over = |record: &Incoming| match former.get(&record.geniacs_id) {
        Some(FormerId { deleted: Some(deleted), .. }) => deleted.compare(record.version.moment()).is_ge(),
        Some(_) => true,
        None => false,
    };

    let claiming: HashSet<String> = claims.into_iter().map(|claim| claim.geniacs_id).collect();
    let (claiming, rest): (Vec<_>, Vec<_>) = events
        .into_iter()
        .zip(records)
        .partition(|(_, record)| claiming.contains(&record.geniacs_id) || is_over(record));
    results.verdicts.extend(claiming.iter().map(|(event, _)| verdict(event, Processed, "unknown_record")));

    // Nobody asks for what was edited there under an id that is gone.
    let late = claiming.iter().filter_map(|(event, record)| {
        Some(Entry {
            local_id: Some(former.get(&record.geniacs_id)?.local_id?),
            geniacs_id: Some(record.geniacs_id.clone()),
            action: Action::UnknownRecord,
            changes: None,
            reason: history::older_than_known(&record.fields),
            webhook_event_id: Some(event.id),
        })
    });
    storage::records::history::add(connection, &origin(target), &late.collect::<Vec<_>>()).await?;
    Ok(rest.into_iter().unzip())
}

/// From where events change the history of records.
fn origin(target: &Target<'_>) -> Origin {
    Origin {
        integration_id: target.integration_id,
        entity: target.entity,
        direction: SyncDirection::FromGeniacs,
        cause: Cause::Webhook,
        sync_id: None,
    }
}

/// How the records of events are applied.
fn target<'a>(
    integration_id: i64,
    entity: EntityType,
    (mapping, configuration): (&'a Plan, &Configuration),
    options: &'a SyncOptions,
) -> Target<'a> {
    Target {
        integration_id,
        entity,
        descriptor: storage::entities::descriptor(entity),
        mapping,
        options,
        effect: Effect::Apply,
        merging: Merging::OneWay,
        policy: configuration.conflict_policy.unwrap_or_default(),
        schema_strict: configuration.schema_strict.unwrap_or_default(),
        refused: false,
        sync_id: None,
        references: References::default(),
    }
}

/// Notes that Geniacs says of these columns what the rows hold now, since that follows from its events.
pub(super) async fn accept_columns(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
    columns: &[&str],
) -> Result<(), Failure> {
    // Without mappings that can be used, nothing is kept of these records, and nothing is pushed.
    let Ok(Usable { plan, configuration, .. }) = plan(connection, integration_id, entity).await? else { return Ok(()) };
    let options = SyncOptions::default();
    let target = target(integration_id, entity, (&plan, &configuration), &options);
    incoming::accept_columns(connection, target, local_ids, columns).await
}

/// Notes what each event came to, whatever that was. One that waits is noted when it has ended, or if a part of it was taken.
async fn note(
    connection: &mut Connection,
    target: &Target<'_>,
    events: &[&Event],
    applied: &[AppliedRecord],
) -> Result<(), Failure> {
    if target.descriptor.append_only {
        return Ok(());
    }

    let ended = events.iter().zip(applied.iter().map(|AppliedRecord { record, applied }| (record, applied)));
    let entries: Vec<_> = ended
        .filter(|(event, (_, applied))| {
            let waits = matches!(
                applied.outcome,
                Outcome::Unresolved { .. } | Outcome::Failed { error_type: DUPLICATE_VALUE, .. }
            );
            !waits || !applied.changes.is_empty() || later(event, UNRESOLVED, String::new()).is_none()
        })
        .map(|(event, (record, applied))| Entry { webhook_event_id: Some(event.id), ..history::entry(record, applied) })
        .collect();
    Ok(storage::records::history::add(connection, &origin(target), &entries).await?)
}

/// What events are applied by.
struct Usable {
    mappings: Vec<FieldMapping>,
    plan: Plan,
    configuration: Configuration,
}

/// The entity's mappings, compiled; or the outcome and the reason why its events wait for somebody.
async fn plan(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
) -> Result<Result<Usable, (&'static str, String)>, Failure> {
    let mappings: Vec<FieldMapping> =
        mappings::active_for(connection, integration_id, entity).await?.into_iter().map(FieldMapping::from).collect();

    if mappings.is_empty() {
        return Ok(Err(("no_mapping", format!("{entity} has no active field mapping; add one and replay the event"))));
    }

    let account = accounts::find(connection, integration_id).await?;
    let configuration: Configuration =
        account.and_then(|row| serde_json::from_value(row.configuration).ok()).unwrap_or_default();

    let context = Context {
        default_region: configuration
            .default_region
            .as_ref()
            .and_then(|region| region.parse().ok())
            .unwrap_or_default(),
        default_time_zone: configuration.default_time_zone.as_ref().and_then(|zone| zone.parse().ok()),
    };

    let plan = compile(entity, &mappings, &context);
    let usable = plan.map(|plan| Usable { mappings, plan, configuration });
    Ok(usable.map_err(|error| ("invalid_mapping", error.to_string())))
}

impl Results {
    /// Notes what became of an event. One that refers to something unknown, or needs a unique value that another record
    /// holds, is put off, and in the end set aside; it is applied again as soon as that is linked or given up.
    fn end(&mut self, event: &Event, outcome: &Outcome) {
        let verdict = match outcome {
            Outcome::Created => verdict(event, Processed, "created"),
            Outcome::Updated => verdict(event, Processed, "updated"),
            Outcome::Unchanged => verdict(event, Processed, "unchanged"),
            Outcome::Deleted => verdict(event, Processed, "deleted"),
            Outcome::Skipped => verdict(event, Processed, "skipped"),
            Outcome::UnknownRecord => verdict(event, Processed, "unknown_record"),
            Outcome::Conflict { .. } => verdict(event, Processed, "conflict"),
            Outcome::Superseded => verdict(event, Superseded, "superseded"),
            Outcome::Unresolved { waits, message, .. } => {
                self.waits.extend(waits.iter().map(|wait| Wait { webhook_event_id: Some(event.id), ..wait.clone() }));
                match later(event, UNRESOLVED, message.clone()) {
                    Some(later) => return self.put_off.push(later),
                    None => set_aside(event, UNRESOLVED, message.clone()),
                }
            }
            Outcome::Failed { error_type: DUPLICATE_VALUE, message, .. } => {
                match later(event, DUPLICATE_VALUE, message.clone()) {
                    Some(later) => {
                        let is_new = event.processing_attempts == 0;
                        self.duplicates.extend(EventKind::of(&event.event_type).entity().filter(|_| is_new));
                        return self.put_off.push(later);
                    }
                    None => set_aside(event, DUPLICATE_VALUE, message.clone()),
                }
            }
            Outcome::Failed { error_type, message, .. } => set_aside(event, error_type, message.clone()),
        };

        self.verdicts.push(verdict);
    }
}
