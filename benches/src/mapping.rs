//! Field mappings alone, on one core, beside parsing and writing the same JSON.

use crate::line::{Ceiling, Line};
use crate::options::Options;
use crate::stats::median;
use ::mapping::{Context, FieldMapping, Plan, References, default_mappings};
use anyhow::anyhow;
use domain::EntityType;
use serde_json::{Map, Value, json};
use std::hint::black_box;
use std::time::Instant;

/// Different records, so that no branch predictor knows them by heart.
const RECORDS: usize = 512;

type Record = Map<String, Value>;

/// Measures mapping both ways, without and with a phone number.
pub fn measure(options: &Options) -> anyhow::Result<Vec<Line>> {
    ::mapping::warm_up();
    let with_phone = default_mappings(EntityType::Customers);
    let mut lines = Vec::new();
    for (name, mappings) in [("five fields with rules", five_fields()), ("with a phone number", with_phone)] {
        let plan = Plan::compile(EntityType::Customers, &mappings, &Context::default())
            .map_err(|problems| anyhow!("the mappings do not compile: {problems:?}"))?;
        let references = References::default();
        let local = records(&plan);
        let geniacs: Vec<Record> = local.iter().map(|record| plan.push(record, &references).fields).collect();

        lines.push(line(format!("push, {name}"), options, &local, |record| plan.push(record, &references).fields)?);
        lines.push(line(format!("pull, {name}"), options, &geniacs, |record| plan.pull(record, &references).fields)?);
    }
    Ok(lines)
}

fn line(what: String, options: &Options, records: &[Record], map: impl Fn(&Record) -> Record) -> anyhow::Result<Line> {
    let texts = records.iter().map(serde_json::to_vec).collect::<Result<Vec<_>, _>>()?;
    let seconds = seconds_each(options, records, &map);
    let json = seconds_each(options, &texts, |text: &Vec<u8>| {
        let record: Option<Record> = serde_json::from_slice(text).ok();
        serde_json::to_vec(&record)
    });
    let ceilings = vec![Ceiling::of("parsing and writing the same JSON", 1.0 / json)];
    Ok(Line { part: "mapping", what, rate: 1.0 / seconds, unit: "records/s", seconds, ceilings, ..Line::default() })
}

/// Seconds that one takes, the median of some runs.
fn seconds_each<T, R>(options: &Options, items: &[T], work: impl Fn(&T) -> R) -> f64 {
    let run = |_| {
        let started = Instant::now();
        let mut done = 0_u32;
        for item in items.iter().cycle().take(usize::try_from(options.mapped.max(1)).unwrap_or(usize::MAX)) {
            black_box(work(black_box(item)));
            done += 1;
        }
        started.elapsed().as_secs_f64() / f64::from(done.max(1))
    };
    median((0..options.runs.max(1)).map(run).collect())
}

/// Five text fields, each with a rule, as an integration may have them.
fn five_fields() -> Vec<FieldMapping> {
    let field = |local: &str, geniacs: &str, transform: Value, valid: Value| FieldMapping {
        transformation_rules: transform,
        validation_rules: valid,
        ..FieldMapping::new(local, geniacs, domain::FieldType::String)
    };

    let words = json!(["prospect", "active", "suspended", "terminated"]);
    vec![
        field("name", "customer_name", json!({"trim": true}), json!({"required": true, "max_length": 255})),
        field("email", "customer_email", json!({"lowercase": true}), json!({"email": true})),
        field("customer_code", "customer_code", json!({"uppercase": true}), json!({"max_length": 64})),
        field("city", "customer_city", json!({"trim": true}), json!({"max_length": 128})),
        field("status", "customer_status", json!({}), json!({"in": words})),
    ]
}

/// Customers as the database gives them: the columns of the plan.
fn records(plan: &Plan) -> Vec<Record> {
    let record = |n: usize| {
        let columns = plan.local_fields().map(|column| {
            let value = match column {
                "name" => format!("Siti Rahmawati {n}"),
                "email" => format!("siti.rahmawati{n}@example.co.id"),
                "phone" => format!("0812{:08}", 10_000_000 + n),
                "customer_code" => format!("CUST-{n:06}"),
                "city" => "Bandung".to_owned(),
                _ => "active".to_owned(),
            };
            (column.to_owned(), Value::String(value))
        });
        columns.collect()
    };
    (0..RECORDS).map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn every_measured_record_passes_its_rules_both_ways() {
        for mappings in [five_fields(), default_mappings(EntityType::Customers)] {
            let plan = Plan::compile(EntityType::Customers, &mappings, &Context::default()).unwrap();
            for record in records(&plan) {
                let pushed = plan.push(&record, &References::default());
                assert_eq!((pushed.fields.len(), pushed.errors, pushed.warnings), (5, Vec::new(), Vec::new()));
                let pulled = plan.pull(&pushed.fields, &References::default());
                assert_eq!((pulled.fields.len(), pulled.errors, pulled.warnings), (5, Vec::new(), Vec::new()));
            }
        }
    }

    #[test]
    fn each_line_has_a_ceiling() {
        let lines = measure(&Options::parse_from(["geniacs-bench", "--mapped", "10"])).unwrap();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.rate > 0.0 && line.ceilings[0].rate > 0.0));
    }
}
