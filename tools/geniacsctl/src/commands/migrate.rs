//! `migrate`: brings the database's schema to this version.

use crate::{database, print};
use service::Settings;
use std::process::ExitCode;

pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    let connection = database::connect(settings.database.direct_url()?).await?;
    let versions = storage::migrations::migrate(connection).await?;
    for version in &versions {
        print::line(format_args!("ran migration {version}"))?;
    }
    if versions.is_empty() {
        print::line("the database is of this version already")?;
    }
    Ok(ExitCode::SUCCESS)
}
