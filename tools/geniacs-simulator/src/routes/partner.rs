//! One request to the partner API, from its arrival to what is left of its answer.

use crate::answer::Answer;
use crate::app::App;
use crate::faults::{Fate, Faults, RequestDecision};
use crate::limit::LimitStanding;
use crate::routes::{gate, push, read, send};
use actix_web::http::Method;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use domain::EntityType;
use std::time::Duration;

/// How long a request stays without an answer that gets none.
const LONGEST_SILENCE: Duration = Duration::from_hours(1);

/// The call that a request makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PartnerCall {
    Health,
    Push(EntityType),
    List(EntityType),
    Get(EntityType, String),
    Unknown,
}

impl PartnerCall {
    fn of(method: &Method, path: &str) -> Self {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let entity = |name: &str| EntityType::ALL.iter().copied().find(|entity| &entity.path()[1..] == name);

        match (method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "health"]) => Self::Health,
            ("POST", ["v1", name, "sync"]) => entity(name).map_or(Self::Unknown, Self::Push),
            ("GET", ["v1", name]) => entity(name).map_or(Self::Unknown, Self::List),
            ("GET", ["v1", name, id]) => {
                entity(name).map_or(Self::Unknown, |entity| Self::Get(entity, (*id).to_owned()))
            }
            _ => Self::Unknown,
        }
    }

    fn entity(&self) -> Option<EntityType> {
        match self {
            Self::Push(entity) | Self::List(entity) | Self::Get(entity, _) => Some(*entity),
            Self::Health | Self::Unknown => None,
        }
    }

    /// The call's name in the statistics.
    fn name(&self) -> String {
        match self {
            Self::Health => "GET /v1/health".to_owned(),
            Self::Push(entity) => format!("POST /v1{}/sync", entity.path()),
            Self::List(entity) => format!("GET /v1{}", entity.path()),
            Self::Get(entity, _) => format!("GET /v1{}/{{id}}", entity.path()),
            Self::Unknown => "unknown".to_owned(),
        }
    }
}

pub(crate) async fn handle_call(request: HttpRequest, body: Bytes, app: Data<App>) -> HttpResponse {
    let decision = app.faults.decide();
    app.stats.arrived(&decision.faults.rate_limit);
    let call = PartnerCall::of(request.method(), request.path());

    if decision.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(decision.latency_ms)).await;
    }

    let (answer, fate) = match decision.fate {
        Fate::Reset => (Answer::new(500, ""), Fate::Reset),
        Fate::Status(status) => (simulated_failure(status, &decision), Fate::Normal),
        // This failure comes late: the work is done, and only the answer says otherwise.
        Fate::LateStatus(status) => {
            answer_call(&app, &request, &body, &call, &decision);
            (simulated_failure(status, &decision), Fate::Normal)
        }
        ref fate => (answer_call(&app, &request, &body, &call, &decision), fate.clone()),
    };

    let answer = with_manners(answer, &decision.faults);

    if decision.held {
        let _ = tokio::time::timeout(LONGEST_SILENCE, app.faults.released()).await;
    }

    app.stats.answered(&call.name(), &send::outcome_name(&answer, &fate));

    if fate == Fate::Hang {
        // The client leaves before that, which ends this task.
        tokio::time::sleep(LONGEST_SILENCE).await;
    }

    send::send_answer(&request, &answer, &fate, &decision.faults)
}

fn answer_call(
    app: &App,
    request: &HttpRequest,
    body: &Bytes,
    call: &PartnerCall,
    decision: &RequestDecision,
) -> Answer {
    let standing = app.windows().take(&decision.faults.rate_limit);
    let Some(standing) = standing else { return answer_allowed(app, request, body, call, decision) };
    let answer = if standing.allowed {
        answer_allowed(app, request, body, call, decision)
    } else {
        refuse_throttled(standing, decision)
    };
    if decision.faults.hide_rate_headers { answer } else { show_standing(answer, standing) }
}

/// The answer as this partner's clock and its idea of failures make it.
fn with_manners(mut answer: Answer, faults: &Faults) -> Answer {
    if faults.fail_with_200 && answer.status >= 400 {
        let mut body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            body.insert("success".to_owned(), false.into());
        }
        answer = Answer { headers: answer.headers, ..Answer::json(200, &body) };
    }

    match faults.date() {
        Some(date) => answer.with_header("Date", &date),
        None => answer,
    }
}

fn refuse_throttled(standing: LimitStanding, decision: &RequestDecision) -> Answer {
    let answer = Answer::error(429, "rate_limited", "too many requests");
    if decision.faults.hide_retry_after { answer } else { answer.with_header("Retry-After", &standing.wait) }
}

fn show_standing(answer: Answer, standing: LimitStanding) -> Answer {
    answer
        .with_header("X-RateLimit-Remaining", &standing.remaining)
        .with_header("X-RateLimit-Reset", &standing.reset_at)
}

fn answer_allowed(
    app: &App,
    request: &HttpRequest,
    body: &Bytes,
    call: &PartnerCall,
    decision: &RequestDecision,
) -> Answer {
    if let Err(refused) = gate::check_request(app, request, body, &decision.faults) {
        return refused;
    }

    if call.entity().is_some_and(|entity| decision.faults.missing.contains(&entity)) {
        return not_found();
    }

    match call {
        PartnerCall::Health => read::show_health(app, decision),
        PartnerCall::Push(entity) => push::take_push(app, *entity, request, body, &decision.faults),
        PartnerCall::List(entity) => {
            read::show_records(read::list_records(app, *entity, request.query_string(), decision), &decision.faults)
        }
        PartnerCall::Get(entity, id) => {
            read::show_records(read::get_record(app, *entity, id, decision), &decision.faults)
        }
        PartnerCall::Unknown => not_found(),
    }
}

pub(crate) fn not_found() -> Answer {
    Answer::error(404, "not_found", "there is nothing at this address")
}

/// The answer of a request that a fault stopped.
fn simulated_failure(status: u16, decision: &RequestDecision) -> Answer {
    let answer = Answer::error(status, "simulated_fault", "a fault that was asked for");

    if (300..400).contains(&status) {
        return answer.with_header("Location", &"https://elsewhere.invalid/v1/");
    }

    match &decision.faults.retry_after {
        Some(serde_json::Value::String(text)) if matches!(status, 429 | 503) => answer.with_header("Retry-After", text),
        Some(number) if matches!(status, 429 | 503) => answer.with_header("Retry-After", number),
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_contract() {
        let of = |method, path| PartnerCall::of(&method, path);
        assert_eq!(of(Method::GET, "/v1/health"), PartnerCall::Health);
        assert_eq!(of(Method::POST, "/v1/monitoring/sync"), PartnerCall::Push(EntityType::MonitoringData));
        assert_eq!(of(Method::GET, "/v1/nas_servers"), PartnerCall::List(EntityType::NasServers));
        assert_eq!(of(Method::GET, "/v1/customers/cust_1"), PartnerCall::Get(EntityType::Customers, "cust_1".into()));
        for (method, path) in [(Method::POST, "/v1/customers"), (Method::GET, "/v1/devices"), (Method::GET, "/")] {
            assert_eq!(of(method, path), PartnerCall::Unknown, "{path}");
        }
    }
}
