//! One id per request, which stands in its answer, its log lines and its audit entries.

use crate::error::ApiError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _};
use futures_util::FutureExt as _;
use service::http::REQUEST_ID;
use std::panic::AssertUnwindSafe;
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered; empty outside of one.
pub(crate) fn current_request_id() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Gives the request its id, puts it into the answer, and turns a panic into the constant 500.
pub(crate) async fn assign_request_id<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = service::http::request_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let outcome = CURRENT.scope(id.clone(), AssertUnwindSafe(next.call(request)).catch_unwind()).await;

    let Ok(outcome) = outcome else {
        // The panic's text may hold personal data: it stays out of the answer.
        let mut response = CURRENT.sync_scope(id.clone(), || ApiError::Panicked.error_response());
        set_request_id(response.headers_mut(), &id);
        return Err(InternalError::from_response("a handler panicked", response).into());
    };

    let mut response = outcome?.map_into_boxed_body();
    set_request_id(response.headers_mut(), &id);
    Ok(response)
}

fn set_request_id(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    async fn panics() -> HttpResponse {
        panic!("a customer's name")
    }

    #[actix_web::test]
    async fn a_panic_is_the_constant_500_with_the_requests_id() {
        let app = App::new().service(web::scope("").wrap(from_fn(assign_request_id)).route("/", web::get().to(panics)));
        let app = test::init_service(app).await;

        let request = test::TestRequest::get().uri("/").insert_header((REQUEST_ID, "r-1")).to_request();
        let error = test::try_call_service(&app, request).await.expect_err("a panic is an error");

        let response = error.error_response();
        assert_eq!(
            (response.status().as_u16(), response.headers().get(REQUEST_ID)),
            (500, Some(&HeaderValue::from_static("r-1")))
        );

        let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"], serde_json::json!({"code": "internal_error", "details": [], "request_id": "r-1"}));
        assert!(!body.to_string().contains("customer"));
    }
}
