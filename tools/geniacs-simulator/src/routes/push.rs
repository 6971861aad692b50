//! `POST /v1/{entity}/sync`.

use crate::answer::Answer;
use crate::app::App;
use crate::faults::{Faults, Versions};
use crate::routes::checks::{self, Checked};
use crate::store::{RecordProblem, Replay, Store, UpsertOutcome};
use actix_web::HttpRequest;
use bytes::Bytes;
use domain::EntityType;
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Body {
    data: Vec<Value>,
}

#[derive(Serialize)]
struct RecordResult {
    index: usize,
    id: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

pub(crate) fn take_push(app: &App, entity: EntityType, request: &HttpRequest, body: &Bytes, faults: &Faults) -> Answer {
    if faults.max_bytes.is_some_and(|most| body.len() > most) {
        return Answer::error(413, "too_large", "the body is too long");
    }
    let data = match domain::json::from_slice::<Body>(body) {
        Ok(body) => body.data,
        Err(error) => return Answer::error(400, "invalid_json", &format!("the body cannot be read: {error}")),
    };
    if faults.max_records.is_some_and(|most| data.len() > most) {
        return Answer::error(413, "too_large", "too many records in one request");
    }
    let mut records = checks::check_all(app, entity, data, faults);
    if faults.forget_external_id {
        records.iter_mut().flatten().for_each(|record| record.external_id = None);
    }
    for record in records.iter_mut().flatten() {
        record.replaces = faults.replace_records;
        if faults.round_numbers {
            record.fields.values_mut().for_each(round_numbers);
        }
    }
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.filter(|_| !faults.ignore_idempotency).map(|key| (key, hash_body(body)));

    // From the look-up of the key to keeping the answer, so that of two equal requests at once only one is applied.
    let mut store = app.store(entity);
    if let Some((key, hash)) = &key {
        match store.idempotency.look_up(key, hash) {
            Replay::New => {}
            Replay::Answered(answer) => {
                app.stats.replayed();
                return Answer::new(200, answer);
            }
            Replay::OtherBody => {
                return Answer::error(422, "idempotency_key_reused", "this Idempotency-Key came with another body");
            }
        }
    }
    if let Some(refusal) = refuse_push(&store, &records, faults) {
        return refusal;
    }
    let results = apply_records(&mut store, records, faults);
    app.stats.records(results.iter().map(|result| result.status));
    let answer = push_answer(results, faults);
    if let Some((key, hash)) = key {
        store.idempotency.keep(key, hash, answer.body.clone());
    }
    answer
}

/// The answer that refuses the whole request, if one is asked for and something is wrong.
fn refuse_push(store: &Store, records: &[Checked], faults: &Faults) -> Option<Answer> {
    if let Some(status) = faults.reject_status {
        let wrong = records.iter().enumerate().filter_map(|(index, record)| {
            let (_, problem) = record.as_ref().err()?;
            Some(json!({"index": index, "field": problem.field, "message": problem.message}))
        });

        let wrong: Vec<Value> = wrong.collect();

        if !wrong.is_empty() {
            return Some(if faults.reject_unnamed {
                Answer::error(status, "validation_error", "some of the records are wrong")
            } else {
                Answer::refusal(status, "validation_error", &wrong)
            });
        }
    }

    if faults.versions == Versions::Refuse {
        let older = |record: &Checked| record.as_ref().is_ok_and(|record| store.has_newer(record));
        let older = records.iter().enumerate().filter(|(_, record)| older(record));
        let older: Vec<Value> = older
            .map(|(index, _)| json!({"index": index, "field": "version", "message": "a newer one is here"}))
            .collect();

        if !older.is_empty() {
            return Some(Answer::refusal(409, "conflict", &older));
        }
    }

    None
}

fn apply_records(store: &mut Store, records: Vec<Checked>, faults: &Faults) -> Vec<RecordResult> {
    let moment = store.begin();

    let outcome = |record: Checked| -> Result<(Option<String>, UpsertOutcome), (String, RecordProblem)> {
        let record = record?;

        if faults.versions == Versions::FailRecord && store.has_newer(&record) {
            return Err(("conflict".to_owned(), RecordProblem::new("version", "a newer one is here")));
        }
        store.apply(record, moment).map_err(|problem| ("validation_error".to_owned(), problem))
    };

    records.into_iter().map(outcome).enumerate().map(|(index, outcome)| RecordResult::of(index, outcome)).collect()
}

impl RecordResult {
    fn of(index: usize, outcome: Result<(Option<String>, UpsertOutcome), (String, RecordProblem)>) -> Self {
        match outcome {
            Ok((id, outcome)) => Self { index, id, status: outcome.name(), error: None },
            Err((error_type, RecordProblem { field, message })) => {
                let message = format!("{field} {message}");
                let error = json!({"type": error_type, "field": field, "message": message});
                Self { index, id: None, status: "failed", error: Some(error) }
            }
        }
    }
}

fn push_answer(mut results: Vec<RecordResult>, faults: &Faults) -> Answer {
    let failed = results.iter().filter(|result| result.error.is_some()).count();
    let synced = results.len() - failed;

    if faults.reverse_results {
        // A client must go by the index, not by the order.
        results.reverse();
    }

    let mut answer = json!({"success": true, "synced_records": synced, "failed_records": failed});
    if !faults.omit_results {
        answer["results"] = json!(results);
    }

    Answer::json(200, &answer)
}

/// Keeps whole numbers only.
fn round_numbers(value: &mut Value) {
    if let Some(number) = value.as_number().and_then(serde_json::Number::as_f64) {
        *value = json!(format!("{number:.0}").parse::<i64>().unwrap_or_default());
    }
}

fn hash_body(body: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, body).as_ref());
    hash
}
