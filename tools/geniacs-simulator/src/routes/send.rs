//! Sending an answer, or what a fault leaves of it.

use crate::answer::Answer;
use crate::connection;
use crate::faults::{Fate, Faults};
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::io;
use std::time::Duration;

/// How an answer counts in the statistics.
pub(crate) fn outcome_name(answer: &Answer, fate: &Fate) -> String {
    match fate {
        Fate::Reset | Fate::LoseAnswer | Fate::CutBody => "dropped".to_owned(),
        Fate::Html => "200".to_owned(),
        Fate::Hang => "unanswered".to_owned(),
        Fate::Normal | Fate::Status(_) | Fate::LateStatus(_) | Fate::HalfJson | Fate::Drip => answer.status.to_string(),
    }
}

pub(crate) fn send_answer(request: &HttpRequest, answer: &Answer, fate: &Fate, faults: &Faults) -> HttpResponse {
    match fate {
        Fate::Reset | Fate::LoseAnswer => {
            connection::drop_now(request);
            HttpResponse::InternalServerError().force_close().finish()
        }
        Fate::CutBody => cut_body(answer),
        Fate::Html => HttpResponse::Ok().content_type("text/html").body("<html><body>Please wait.</body></html>"),
        Fate::HalfJson => answer_head(answer).body(answer.body.slice(..answer.body.len() / 2)),
        Fate::Drip => drip_body(answer, Duration::from_millis(faults.drip_ms.unwrap_or(1_000))),
        Fate::Normal | Fate::Status(_) | Fate::LateStatus(_) | Fate::Hang => {
            let body = answer.body.clone();
            answer_head(answer).body(body)
        }
    }
}

fn answer_head(answer: &Answer) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut head = HttpResponse::build(status);
    head.content_type("application/json");
    for (name, value) in &answer.headers {
        head.insert_header((*name, value.as_str()));
    }
    head
}

/// Sends the body byte by byte.
fn drip_body(answer: &Answer, pause: Duration) -> HttpResponse {
    let body = answer.body.clone();

    let bytes = stream::iter(0..body.len()).then(move |at| {
        let byte = body.slice(at..=at);
        async move {
            tokio::time::sleep(pause).await;
            Ok::<Bytes, io::Error>(byte)
        }
    });

    answer_head(answer).body(SizedStream::new(answer.body.len() as u64, Box::pin(bytes)))
}

/// Announces the whole body, sends half of it, and fails, upon which the server closes the connection.
fn cut_body(answer: &Answer) -> HttpResponse {
    let size = answer.body.len() as u64;
    let half = answer.body.slice(..answer.body.len() / 2);

    let end = stream::once(async {
        // The half must be on its way before the connection goes.
        tokio::time::sleep(Duration::from_millis(10)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });

    let parts = stream::once(async move { Ok::<Bytes, io::Error>(half) }).chain(end);
    answer_head(answer).body(SizedStream::new(size.max(1), Box::pin(parts)))
}
