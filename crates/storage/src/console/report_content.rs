//! What a report of a period holds, put together from what [`crate::console::reports`] counts.

use crate::console::reports::{self, ErrorsRow, IntegrationRow, SyncsRow, WebhooksRow};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::report::{Content, Drift, EntityReport, ErrorCount, OtherWebhooks, Syncs, Webhooks};
use domain::{Counts, EntityType};
use std::collections::HashMap;

/// Counts what happened in a period, and how far both sides are apart now.
pub async fn count(connection: &mut Connection, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Content> {
    let mut week = Week::default();
    let key = |integration_id: i64, entity: &str| Some((integration_id, entity.parse::<EntityType>().ok()?));

    for row in reports::syncs(connection, from, to).await? {
        key(row.integration_id, &row.entity_type).map(|key| week.syncs.insert(key, row));
    }
    for row in reports::errors(connection, from, to).await? {
        if let Some(key) = key(row.integration_id, &row.entity_type) {
            week.errors.entry(key).or_default().push(row);
        }
    }
    for row in reports::webhooks(connection, from, to).await? {
        match row.entity_type.as_deref().and_then(|entity| key(row.integration_id, entity)) {
            Some(key) => _ = week.webhooks.insert(key, events(&row)),
            None => week.other.push(OtherWebhooks { integration_id: row.integration_id, webhooks: events(&row) }),
        }
    }

    let mut content = Content { entities: Vec::new(), other_webhooks: std::mem::take(&mut week.other) };
    for integration in reports::integrations(connection).await? {
        for entity in EntityType::ALL {
            let drift = reports::drift(connection, integration.id, *entity).await?;
            let drift = Drift { unlinked: drift.unlinked, unconfirmed: drift.unconfirmed, unsent: drift.unsent };
            content.entities.extend(week.part(&integration, *entity, drift));
        }
    }

    Ok(content)
}

/// What was counted, by integration and entity.
#[derive(Default)]
struct Week {
    syncs: HashMap<(i64, EntityType), SyncsRow>,
    errors: HashMap<(i64, EntityType), Vec<ErrorsRow>>,
    webhooks: HashMap<(i64, EntityType), Webhooks>,
    other: Vec<OtherWebhooks>,
}

impl Week {
    /// None where nothing was ever done.
    fn part(&mut self, integration: &IntegrationRow, entity_type: EntityType, drift: Drift) -> Option<EntityReport> {
        let key = (integration.id, entity_type);
        let row = self.syncs.remove(&key);
        let webhooks = self.webhooks.remove(&key);
        if row.is_none() && webhooks.is_none() && drift.unsent.is_none() && drift.unconfirmed == 0 {
            return None;
        }

        let syncs = row.as_ref().map(syncs).unwrap_or_default();
        let records = row.as_ref().map(|row| counts(&row.counts)).unwrap_or_default();
        let errors = self.errors.remove(&key).unwrap_or_default();
        let p95 = row.as_ref().and_then(|row| row.p95_duration_ms);

        Some(EntityReport {
            integration_id: integration.id,
            integration: integration.name.clone(),
            entity_type,
            success_rate: syncs.success_rate(),
            syncs,
            conflicts: records.conflicts,
            records,
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a sync fit by far")]
            p95_duration_ms: p95.map(|milliseconds| milliseconds.round() as i64),
            errors: errors.into_iter().map(|e| ErrorCount { error_type: e.error_type, count: e.count }).collect(),
            webhooks: webhooks.unwrap_or_default(),
            drift,
        })
    }
}

fn syncs(row: &SyncsRow) -> Syncs {
    let &SyncsRow { total, successful, partial, failed, cancelled, .. } = row;
    Syncs { total, successful, partial, failed, cancelled }
}

fn counts(summed: &serde_json::Value) -> Counts {
    serde_json::from_value(summed.clone()).unwrap_or_default()
}

fn events(row: &WebhooksRow) -> Webhooks {
    let &WebhooksRow { received, processed, superseded, set_aside, waiting, .. } = row;
    Webhooks { received, processed, superseded, set_aside, waiting }
}
