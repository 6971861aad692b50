//! The one check of access, made from the table of routes.

use super::caller::{self, Caller, identify_caller};
use super::cookie;
use crate::error::ApiError;
use crate::routes::{self, Access, EndpointMatch};
use crate::state::State;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::SET_COOKIE;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};

/// Lets a request through if the table has it and grants it to its caller; everything else ends here.
pub(crate) async fn guard_access<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match check_access(&request).await {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_boxed_body).map(with_prolonged_cookie),
        Err(error) => Ok(request.error_response(error)),
    }
}

/// The browser keeps a session's cookie as long as the session lasts.
fn with_prolonged_cookie(mut response: ServiceResponse) -> ServiceResponse {
    let caller = response.request().extensions().get::<Caller>().filter(|caller| caller.is_prolonged).cloned();
    let prolonged = caller.and_then(|caller| cookie::prolonged_cookie(response.request(), caller.token_expires_at));

    // An answer that ends the session has taken the cookie away.
    if let Some(cookie) = prolonged
        && !response.headers().contains_key(SET_COOKIE)
        && let Err(error) = response.response_mut().add_cookie(&cookie)
    {
        tracing::warn!(%error, "the cookie of a prolonged session could not be written");
    }
    response
}

async fn check_access(request: &ServiceRequest) -> Result<(), ApiError> {
    let state = request.app_data::<Data<State>>().ok_or(ApiError::Internal("there is no state"))?;

    // Open endpoints need no token, so that a missing one is no failure yet.
    let token = caller::presented_token(request);
    state.rates.admit(token.as_ref().ok(), caller::client_address(request.request()))?;

    // A path outside the table ends here, before anything is looked up for it.
    let pattern = request.match_pattern().unwrap_or_default();
    let required = match routes::find_endpoint(request.method(), &pattern) {
        EndpointMatch::Access(access) => access,
        EndpointMatch::OtherMethods(methods) => return Err(ApiError::MethodNotAllowed(methods)),
        EndpointMatch::Nothing => return Err(ApiError::NotFound("path")),
    };

    if let Access::Role(required) = required {
        let caller = identify_caller(state, request, token?).await?;
        if !caller.role.allows(required) {
            return Err(ApiError::Forbidden(required));
        }
        request.extensions_mut().insert(caller);
    }

    Ok(())
}
