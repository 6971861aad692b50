//! The ingest against a real PostgreSQL and a real RabbitMQ, named by `DATABASE_URL` and `AMQP_URL`.
#![cfg(test)]

mod bodies;
mod outages;
mod signatures;
mod stand;
mod storing;
