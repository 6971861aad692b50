//! `keys status`: which keys have sealed what.

use crate::database;
use crate::print::Output;
use secrets::KeyRing;
use serde_json::{Value, json};
use service::Settings;
use std::process::ExitCode;
use storage::upkeep::sealed::{self, KeyUse};

pub(crate) async fn show_keys(output: Output) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let keys = settings.encryption.keys()?;
    let used = sealed::keys_in_use(&mut database::connect_current(&settings).await?, sealed::ALL).await?;

    for one in &used {
        let name = one.key_id.as_deref().unwrap_or("no key");
        let place = format!("{}.{}", one.table_name, one.column_name);
        output.line(format_args!("{place:<50} {:>8}  {name}: {}", one.values, standing_of(&keys, one)))?;
    }

    for unused in unused_keys(&keys, &used) {
        output.line(format_args!("key {unused} has sealed nothing that is stored"))?;
    }

    output.data(&json!({
        "current": keys.current_id(),
        "in_use": used.iter().map(|one| describe_use(&keys, one)).collect::<Vec<_>>(),
        "unused": unused_keys(&keys, &used),
    }))?;

    let lacking = used.iter().any(|one| matches!(standing_of(&keys, one), MISSING | NOT_SEALED));
    Ok(if lacking { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

const MISSING: &str = "missing on the ring";
const NOT_SEALED: &str = "not a sealed value";

/// The keys of the ring, the current one aside, that nothing needs.
pub(super) fn unused_keys<'ring>(keys: &'ring KeyRing, used: &[KeyUse]) -> Vec<&'ring str> {
    let in_use = |id: &str| used.iter().any(|one| one.key_id.as_deref() == Some(id));
    keys.ids().skip(1).filter(|id| !in_use(id)).collect()
}

fn standing_of(keys: &KeyRing, one: &KeyUse) -> &'static str {
    match one.key_id.as_deref() {
        Some(id) if id == keys.current_id() => "current",
        Some(id) if keys.ids().any(|known| known == id) => "on the ring, to be sealed anew by `keys rotate`",
        Some(_) => MISSING,
        None => NOT_SEALED,
    }
}

fn describe_use(keys: &KeyRing, one: &KeyUse) -> Value {
    let standing = standing_of(keys, one);
    json!({"table": one.table_name, "column": one.column_name, "key": one.key_id, "values": one.values, "standing": standing})
}
