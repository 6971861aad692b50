//! What a request says of a sync.

use super::filters::filters;
use crate::error::ApiError;
use crate::input::{Fields, rule};
use domain::Reason;
use domain::sync::{SyncOptions, SyncRequest};
use domain::{EntityType, SyncDirection, SyncType};
use storage::entities::{self, Descriptor};

/// A sync that this version can run.
pub(super) struct TriggerRequest {
    pub(super) request: SyncRequest,
    pub(super) descriptor: &'static Descriptor,
}

/// Reads and checks everything that can be checked without the database.
pub(super) fn read_sync_request(mut body: Fields) -> Result<TriggerRequest, ApiError> {
    let integration_id = body.required("integration_id", rule::id);
    let entity_type = body.required("entity_type", rule::name::<EntityType>);
    let sync_type = body.optional("sync_type", rule::name).unwrap_or(SyncType::Incremental);
    let direction = direction(&mut body);
    let filters = filters(&mut body, entity_type, direction);
    let options = options(&mut body, SyncOptions::why_no_deletion(sync_type, entity_type, &filters));

    let built = integration_id.zip(direction).zip(entity_type).map(|((integration_id, direction), entity_type)| {
        TriggerRequest {
            request: SyncRequest { integration_id, sync_type, entity_type, direction, filters, options },
            descriptor: entities::descriptor(entity_type),
        }
    });

    body.finish(built)
}

/// Reads `sync_direction`; to Geniacs unless told.
pub(in crate::routes) fn direction(body: &mut Fields) -> Option<SyncDirection> {
    // Where it says nothing that is understood, a problem has been noted.
    body.optional("sync_direction", |value| rule::name(value).map(Some)).unwrap_or(Some(SyncDirection::ToGeniacs))
}

/// Reads `options` of `body`, and refuses deletions for the given reason, if there is one.
pub(in crate::routes) fn options(body: &mut Fields, why_no_deletion: Option<&str>) -> SyncOptions {
    let mut fields = body.object("options");
    let options: SyncOptions = fields.all();
    if let Some(reason) = why_no_deletion.filter(|_| options.delete_missing) {
        fields.problem("delete_missing", Reason::new("no_deletion", reason));
    }
    body.absorb(fields);
    options
}
