//! Customers, and what they have subscribed to.

use super::{currency, date, field, number, one_of, reference, status_of, text};
use crate::FieldMapping;
use domain::{EntityType, FieldType};
use serde_json::json;

pub(super) fn customer_mappings() -> Vec<FieldMapping> {
    vec![
        text("name", "customer_name")
            .required()
            .transformed(json!({"trim": true}))
            .valid(json!({"required": true, "max_length": 255})),
        text("email", "customer_email")
            .required()
            .transformed(json!({"lowercase": true}))
            .valid(json!({"required": true, "email": true})),
        text("phone", "customer_phone").transformed(json!({"format": "international"})).valid(json!({"phone": true})),
        text("customer_code", "customer_code"),
        status_of(EntityType::Customers, "customer_status"),
    ]
}

pub(super) fn subscription_mappings() -> Vec<FieldMapping> {
    let speed = |local, geniacs| number(local, geniacs).valid(json!({"min": 0}));
    vec![
        text("username", "subscription_username").required().valid(json!({"required": true})),
        text("status", "subscription_status").required().valid(json!({"required": true})),
        reference(EntityType::Customers),
        reference(EntityType::NasServers),
        text("subscription_code", "subscription_code"),
        text("plan_name", "subscription_plan"),
        number("price", "subscription_price"),
        currency("subscription_currency"),
        one_of("billing_cycle", "subscription_billing_cycle", &["monthly", "quarterly", "yearly", "custom"]),
        field(FieldType::Boolean, "auto_renew", "subscription_auto_renew"),
        date("start_date", "subscription_start_date"),
        date("end_date", "subscription_end_date"),
        date("next_billing_date", "subscription_next_billing_date"),
        speed("download_kbps", "subscription_download_kbps"),
        speed("upload_kbps", "subscription_upload_kbps"),
        text("assigned_ip", "subscription_assigned_ip").transformed(json!({"format": "ip"})),
        text("assigned_mac", "subscription_assigned_mac").transformed(json!({"format": "mac"})),
        date("activated_at", "subscription_activated_at"),
        date("suspended_at", "subscription_suspended_at"),
        date("terminated_at", "subscription_terminated_at"),
    ]
}
