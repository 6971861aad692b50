//! Sending requests.

use crate::account::Endpoints;
use crate::answer::{Answer, Received, RequestTime, receive_answer};
use crate::scrub::Scrub;
use crate::sign::Signer;
use crate::{
    Account, Exchange, Gate, Heard, InvalidAccount, Outbound, PartnerClock, PartnerError, Witness, pause, trace,
};
use bytes::Bytes;
use chrono::Utc;
use reqwest::Method;
use reqwest::header::HeaderValue;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::{Instrument, Span, field};
use url::Url;

/// One partner account. Cheap to clone; every clone shares the pool of connections.
#[derive(Clone)]
pub struct Client {
    outbound: Outbound,
    endpoints: Endpoints,
    signer: Signer,
    scrub: Scrub,
    timeout: Duration,
    clock: Arc<PartnerClock>,
    witness: Option<Arc<dyn Witness>>,
    gate: Option<Arc<dyn Gate>>,
}

/// One request, and what an error and a trace may call it.
pub(crate) struct PartnerCall<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) name: &'a str,
    pub(crate) body: Bytes,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) deadline: Duration,
    /// Whether a 404 is an answer, not a failure.
    pub(crate) may_be_missing: bool,
}

impl Client {
    /// A client for `account` on connections of `outbound`.
    pub fn new(outbound: Outbound, account: Account) -> Result<Self, InvalidAccount> {
        let signer = Signer::new(&account.api_key, &account.api_secret)?;
        let scrub = Scrub::of(&account.api_key, &account.api_secret);
        let endpoints = Endpoints::new(account.base_url, account.endpoints)?;
        let (timeout, clock) = (account.timeout, Arc::default());
        Ok(Self { outbound, endpoints, signer, scrub, timeout, clock, witness: None, gate: None })
    }

    /// The same client, which also takes this secret out of whatever the partner says.
    #[must_use]
    pub fn hiding(self, secret: &secrecy::SecretString) -> Self {
        Self { scrub: self.scrub.and(secret), ..self }
    }

    /// The same client, with somebody who is told of each of its calls.
    #[must_use]
    pub fn watched_by(&self, witness: Arc<dyn Witness>) -> Self {
        Self { witness: Some(witness), ..self.clone() }
    }

    /// The same client, reading the partner's times by a clock that others share.
    #[must_use]
    pub fn by_clock(&self, clock: Arc<PartnerClock>) -> Self {
        Self { clock, ..self.clone() }
    }

    /// Tells the gate whether failures from now on are those of single records.
    pub(crate) fn own_failures(&self, own: bool) {
        if let Some(gate) = &self.gate {
            gate.own_failures(own);
        }
    }

    /// The clock by which it reads the partner's times.
    pub fn clock(&self) -> &PartnerClock {
        &self.clock
    }

    /// The same client, its requests let through or held back by `gate`.
    #[must_use]
    pub fn gated_by(&self, gate: Arc<dyn Gate>) -> Self {
        Self { gate: Some(gate), ..self.clone() }
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// How long one request of this account may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) async fn get_json<T>(
        &self,
        url: Url,
        name: &str,
        read: impl FnOnce(&Answer) -> Result<T, PartnerError>,
    ) -> Result<T, PartnerError> {
        self.call(self.getting(url, name), read).await
    }

    pub(crate) fn getting<'a>(&self, url: Url, name: &'a str) -> PartnerCall<'a> {
        let (body, deadline) = (Bytes::new(), self.timeout);
        PartnerCall { method: Method::GET, url, name, body, idempotency_key: None, deadline, may_be_missing: false }
    }

    /// Sends one request, if the gate lets it through, and reads its answer.
    pub(crate) async fn call<T>(
        &self,
        call: PartnerCall<'_>,
        read: impl FnOnce(&Answer) -> Result<T, PartnerError>,
    ) -> Result<T, PartnerError> {
        let Some(gate) = &self.gate else { return self.send(call, read).await.0 };
        let pass = gate.enter().await?;
        let (outcome, pause_for) = self.send(call, read).await;
        pass.answered(Heard { error: outcome.as_ref().err().cloned(), pause_for }).await;
        outcome
    }

    /// Sends one request and reads its answer, in one span. Also tells how long the partner asks to be left alone.
    async fn send<T>(
        &self,
        call: PartnerCall<'_>,
        read: impl FnOnce(&Answer) -> Result<T, PartnerError>,
    ) -> (Result<T, PartnerError>, Option<Duration>) {
        let span = tracing::info_span!(
            "partner request",
            otel.kind = "client",
            otel.name = %format_args!("{} {}", call.method, call.name),
            http.request.method = %call.method,
            server.address = self.endpoints.host(),
            http.request.body.size = call.body.len(),
            http.response.status_code = field::Empty,
            error.type = field::Empty,
        );

        let seen = self.witness.as_ref().map(|witness| (witness, Exchange::of(&call)));
        let (began, may_be_missing) = (Instant::now(), call.may_be_missing);
        let Received { status, body, pause_for, answer } = self.exchange(call).instrument(span.clone()).await;

        let outcome = answer.and_then(|answer| read(&answer));
        // An expected absence is no error of the partner's, so it must not show as one in traces.
        let error = outcome.as_ref().err().filter(|error| !(may_be_missing && error.is_missing()));
        if let Some(error) = error {
            span.record("error.type", error.error_type());
        }

        if let Some((witness, exchange)) = seen {
            let (duration, error) = (began.elapsed(), error.cloned());
            witness.saw(Exchange { status, response: body, duration, error, ..exchange });
        }

        (outcome, pause_for)
    }

    async fn exchange(&self, call: PartnerCall<'_>) -> Received {
        let timestamp = Utc::now().timestamp();
        let mut headers = self.signer.headers(call.method.as_str(), &call.url, &call.body, timestamp);

        // The trace and the idempotency key are not signed, so a retry may have others.
        trace::inject_trace(&mut headers);

        if let Some(key) = call.idempotency_key.and_then(|key| HeaderValue::try_from(key).ok()) {
            headers.insert("idempotency-key", key);
        }

        let request = match self.outbound.request(call.method, call.url) {
            Ok(request) => request.headers(headers).timeout(call.deadline),
            Err(refusal) => return Received::nothing(refusal.into()),
        };
        let request = if call.body.is_empty() { request } else { request.body(call.body) };

        let sent = Instant::now();

        match request.send().await {
            Ok(response) => {
                Span::current().record("http.response.status_code", response.status().as_u16());
                self.hear_date(&response, sent);
                let asked = RequestTime { at: self.clock.at(sent), partner_ahead: self.clock.ahead() };
                receive_answer(response, call.name, &self.scrub, asked).await
            }
            Err(error) => Received::nothing(PartnerError::of_sending(&error)),
        }
    }
}

impl Client {
    /// The `Date` of an answer is the partner's clock, unless the answer was kept somewhere on its way, or comes from
    /// something before the partner.
    fn hear_date(&self, response: &reqwest::Response, sent: Instant) {
        let is_fresh = response.status().is_success() && !response.headers().contains_key(reqwest::header::AGE);
        if let Some(date) = pause::answer_date(response.headers()).filter(|_| is_fresh) {
            self.clock.hear(date, sent, Instant::now());
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.endpoints.host())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
