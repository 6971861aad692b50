//! `POST /api/geniacs/mappings`

use super::WHAT;
use super::new;
use super::view::MappingView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::Reason;
use futures_util::FutureExt as _;
use mapping::MAX_MAPPINGS;
use serde_json::json;
use storage::Connection;
use storage::partners::integrations;
use storage::partners::mappings::{self, Filter, NewMapping};

/// Makes a field mapping.
pub(crate) async fn create_mapping(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    // Rules are compiled to be checked, which takes a processor's time.
    let new = state.database.compute(move || new::read_new_mapping(body)).await?;
    let made = state.database.transaction(move |c| insert_mapping(c, caller, new).boxed()).await?;
    let version = made.version();
    Ok(answer::tagged(answer::created("Field mapping created successfully", json!({"mapping": made})), version))
}

pub(crate) fn describe_create_mapping() -> Operation {
    let answer = Answer::one::<MappingView>("mapping").created("Field mapping created successfully").tagged();
    Operation::new("create_mapping", "Makes a field mapping", answer)
        .about("404 where there is no such integration.")
        .body_of_like(
            new::new_mapping(),
            json!({
                "integration_id": 1,
                "entity_type": "customers",
                "local_field": "email",
                "geniacs_field": "email_address",
                "field_type": "string",
                "is_required": true,
                "transformation_rules": {"trim": true, "lowercase": true},
                "validation_rules": {"email": true},
            }),
        )
        .missing()
        .conflicts("one of the two fields has an active mapping already (`duplicate_mapping`)")
}

async fn insert_mapping(connection: &mut Connection, caller: Caller, new: NewMapping) -> Result<MappingView, ApiError> {
    integrations::lock(connection, new.integration_id).await?.ok_or(ApiError::NotFound("integration"))?;

    let (integration_id, entity_type) = (Some(new.integration_id), Some(new.entity_type));
    let beside = Filter { integration_id, entity_type, ..Filter::default() };
    if mappings::count(connection, beside).await? >= i64::try_from(MAX_MAPPINGS).unwrap_or(i64::MAX) {
        let message = format!("has {MAX_MAPPINGS} mappings already, and may not have more");
        let reason = Reason::new("too_many_items", message).with("maximum", MAX_MAPPINGS);
        return Err(ApiError::invalid("entity_type", reason));
    }

    let made = mappings::insert(connection, vec![new]).await?.pop().ok_or(storage::Error::NotFound)?;

    let id = made.id;
    let view = MappingView::from(made);
    let after = Some(answer::value(&view));
    let change = Change { action: "mapping.created", subject_type: WHAT, subject_id: id, before: None, after };
    audit::record_change(connection, &caller, change).await?;
    Ok(view)
}
