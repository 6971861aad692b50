//! `migrate`: brings the database's schema to this version.

use crate::database;
use crate::print::Output;
use serde_json::json;
use service::Settings;
use std::process::ExitCode;

pub(crate) async fn migrate_database(output: Output) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    // Migrations need the address past a pooler.
    let connection = database::connect_storage(settings.database.direct_url()?).await?;
    let versions = storage::upkeep::migrations::migrate(connection).await?;

    for version in &versions {
        output.line(format_args!("ran migration {version}"))?;
    }

    if versions.is_empty() {
        output.line("the database is of this version already")?;
    }

    output.data(&json!({"ran": versions}))?;
    Ok(ExitCode::SUCCESS)
}
