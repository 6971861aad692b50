//! The scheduler against a real PostgreSQL and a real RabbitMQ, named by `DATABASE_URL` and `AMQP_URL`.
#![cfg(test)]

mod dead_letters;
mod housekeeping;
mod intervals;
mod lag;
mod listeners;
mod notifications;
mod outages;
mod real_time;
mod relay;
mod rescue;
mod safe_mail;
mod stalled;
mod stand;
mod ticks;
