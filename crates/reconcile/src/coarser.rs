//! Partners that keep less of a value than they are sent.

use rust_decimal::Decimal;
use serde_json::Value;

/// Whether a value is what a partner may have made of one that it was sent: a number with fewer decimals, or the beginning of
/// a text.
pub(crate) fn is_coarser(sent: &Value, said: &Value) -> bool {
    match (decimal(sent), decimal(said)) {
        (Some(sent), Some(said)) => {
            let unit = Decimal::new(1, said.scale());
            said.scale() < sent.scale() && (sent - said).abs() < unit
        }
        _ => is_cut(sent, said),
    }
}

/// A number, its trailing zeros dropped.
fn decimal(value: &Value) -> Option<Decimal> {
    let number = match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.map(|number: Decimal| number.normalize())
}

fn is_cut(sent: &Value, said: &Value) -> bool {
    let (Some(sent), Some(said)) = (sent.as_str(), said.as_str()) else { return false };
    !said.is_empty() && said.len() < sent.len() && sent.starts_with(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fewer_decimals_and_the_beginning_of_a_text_are_coarser() {
        for (sent, said) in [
            (json!(25.25), json!(25)),
            (json!("25.25"), json!(25.3)),
            (json!(25.25), json!("25.20")),
            (json!(99.995), json!(100)),
            (json!(-0.5), json!(0)),
            (json!("Jakarta Selatan"), json!("Jakarta")),
        ] {
            assert!(is_coarser(&sent, &said), "{sent} {said}");
        }

        for (sent, said) in [
            (json!(25), json!(25.25)),
            (json!(25.25), json!(27)),
            (json!(25.25), json!(25.35)),
            (json!(25.25), json!(null)),
            (json!("Jakarta"), json!("")),
            (json!("Jakarta"), json!("Jakarta Selatan")),
            (json!("Jakarta"), json!("Bandung")),
            (json!("628123"), json!("6281")),
        ] {
            assert!(!is_coarser(&sent, &said), "{sent} {said}");
        }
    }
}
