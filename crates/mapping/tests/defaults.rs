//! Records of every entity through the default mappings.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use domain::EntityType;
use mapping::{Completeness, Context, Plan, References, default_mappings};
use serde_json::{Map, Value};

fn plan(entity: EntityType) -> Plan {
    Plan::compile(entity, &default_mappings(entity), &Context::default()).unwrap()
}

fn linked() -> References {
    let mut references = References::default();
    for entity in EntityType::ALL {
        references.insert(*entity, 17, &format!("{entity}_17"));
    }
    references
}

/// A row as PostgreSQL shows it in JSON, with every column that is mapped.
fn row(entity: EntityType) -> Map<String, Value> {
    let written = match entity {
        EntityType::Customers => {
            r#"{"name": "Siti Aminah", "email": "siti@example.com", "phone": "+628123456789", "customer_code": "C-1",
            "status": "active"}"#
        }
        EntityType::Subscriptions => {
            r#"{"username": "siti@isp", "status": "active", "customer_id": 17, "nas_server_id": 17,
            "subscription_code": "S-1", "plan_name": "Home 20", "price": 250000.00, "currency": "IDR",
            "billing_cycle": "monthly", "auto_renew": true, "start_date": "2024-02-29", "end_date": "2025-02-28",
            "next_billing_date": "2024-03-29", "download_kbps": 20480, "upload_kbps": 5120, "assigned_ip": "10.0.0.7",
            "assigned_mac": "08:00:2b:01:02:03", "activated_at": "2024-02-29T03:00:00.123456+00:00",
            "suspended_at": "2024-03-01T00:00:00+00:00", "terminated_at": "2024-03-02T00:00:00+00:00"}"#
        }
        EntityType::Invoices => {
            r#"{"total_amount": 277500.00, "status": "partially_paid", "customer_id": 17, "subscription_id": 17,
            "invoice_number": "INV-1", "type": "subscription", "amount": 250000.00, "tax_amount": 27500.00,
            "discount_amount": 0.00, "paid_amount": 100000.50, "currency": "IDR",
            "issued_at": "2024-03-01T00:00:00+00:00", "due_date": "2024-03-15", "paid_at": "2024-03-02T08:30:00+00:00",
            "period_start": "2024-03-01", "period_end": "2024-03-31"}"#
        }
        EntityType::Payments => {
            r#"{"amount": 100000.50, "status": "success", "invoice_id": 17, "customer_id": 17, "transaction_id": "TRX-1",
            "payment_gateway": "midtrans", "payment_method": "qris", "payment_type": "partial", "fee_amount": 700.00,
            "net_amount": 99300.50, "currency": "IDR", "reference_number": "R-1",
            "paid_at": "2024-03-02T08:30:00+00:00", "failed_at": "2024-03-02T08:00:00+00:00",
            "refunded_at": "2024-03-03T00:00:00+00:00", "refund_amount": 0.00}"#
        }
        EntityType::MonitoringData => {
            r#"{"metric_type": "latency_ms", "value": 12.25, "recorded_at": "2024-03-02T08:30:00+00:00", "unit": "ms",
            "nas_server_id": 17, "subscription_id": 17}"#
        }
        EntityType::NasServers => {
            r#"{"nasname": "10.0.0.1", "shortname": "core", "type": "mikrotik", "ports": 1812, "description": "Rack 3",
            "ip_address": "2001:db8::1", "api_port": 8728, "status": "online", "location": "Bandung",
            "last_seen_at": "2024-03-02T08:30:00+00:00"}"#
        }
    };

    serde_json::from_str(written).unwrap()
}

#[test]
fn every_mapped_column_goes_out_and_comes_back_as_it_was() {
    for entity in EntityType::ALL {
        let (plan, row) = (plan(*entity), row(*entity));
        let mut columns: Vec<&str> = plan.local_fields().collect();
        let mut held: Vec<&str> = row.keys().map(String::as_str).collect();
        columns.sort_unstable();
        held.sort_unstable();
        assert_eq!(columns, held, "{entity}");

        let pushed = plan.push(&row, &linked());
        assert_eq!((pushed.warnings, pushed.errors), (vec![], vec![]), "{entity}");
        assert_eq!(pushed.fields.len(), row.len(), "{entity}");

        let pulled = plan.pull(&pushed.fields, &linked());
        assert_eq!((pulled.warnings, pulled.errors), (vec![], vec![]), "{entity}");

        let again = plan.push(&pulled.fields, &linked()).fields;
        let canonical = |fields: &Map<String, Value>| {
            let mut bytes = Vec::new();
            mapping::canonical_bytes(fields, &mut bytes);
            bytes
        };
        assert_eq!(canonical(&again), canonical(&pushed.fields), "{entity}");
        assert!(plan.patch(&row, &pushed.fields, Completeness::Whole, &linked()).changes_nothing(), "{entity}");
    }
}

#[test]
fn a_row_with_its_required_columns_alone_is_enough() {
    for entity in EntityType::ALL {
        let required: Vec<String> =
            default_mappings(*entity).into_iter().filter(|m| m.is_required).map(|m| m.local_field).collect();
        let mut row = row(*entity);
        row.iter_mut().filter(|(name, _)| !required.contains(name)).for_each(|(_, value)| *value = Value::Null);

        let pushed = plan(*entity).push(&row, &References::default());
        assert_eq!((pushed.warnings, pushed.errors), (vec![], vec![]), "{entity}");
        assert_eq!(pushed.fields.values().filter(|value| !value.is_null()).count(), required.len(), "{entity}");
    }
}
