//! `conflicts resolve`: decides an open conflict.

use crate::gateway::{Gateway, GatewayError, GatewayOptions};
use crate::print::Output;
use anyhow::Context as _;
use clap::Args;
use domain::conflict::Resolution;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    gateway: GatewayOptions,
    /// The conflict's number
    id: i64,
    /// Whose values hold: local, geniacs or merge
    resolution: Resolution,
    /// With merge, for each field: name=local, name=geniacs, or name=VALUE with the value in JSON, in Geniacs' form
    #[arg(long = "field", value_name = "FIELD=CHOICE")]
    fields: Vec<String>,
}

pub(crate) async fn resolve_conflict(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let mut body = json!({"resolution": arguments.resolution});
    if !arguments.fields.is_empty() {
        body["fields"] = Value::Object(read_choices(&arguments.fields)?);
    }

    let gateway = Gateway::new(arguments.gateway)?;
    let data = gateway.post(&format!("/api/geniacs/conflicts/{}/resolve", arguments.id), &body).await?;
    let sync = data["sync_id"].as_i64().ok_or(GatewayError::Incomplete("the sync"))?;

    output.done(format_args!("conflict {} is decided; sync {sync} carries it out", arguments.id), &data)?;
    Ok(ExitCode::SUCCESS)
}

fn read_choices(given: &[String]) -> anyhow::Result<Map<String, Value>> {
    let choice = |text: &String| {
        let (field, choice) = text.split_once('=').with_context(|| format!("`{text}` is not FIELD=CHOICE"))?;
        let choice = match choice {
            "local" | "geniacs" => json!(choice),
            value => json!({"value": domain::json::from_str::<Value>(value).unwrap_or_else(|_| json!(value))}),
        };
        Ok((field.to_owned(), choice))
    };

    given.iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_a_side_or_a_value() {
        let given = ["name=local", "email=geniacs", "city=Bandung", "balance=12.50", "notes=null", "x=a=b"];
        let choices = read_choices(&given.map(str::to_owned)).unwrap();
        let expected = r#"{"balance":{"value":12.50},"city":{"value":"Bandung"},"email":"geniacs","name":"local","notes":{"value":null},"x":{"value":"a=b"}}"#;
        assert_eq!(serde_json::to_string(&choices).unwrap(), expected);
        assert!(read_choices(&["name".to_owned()]).is_err());
    }
}
