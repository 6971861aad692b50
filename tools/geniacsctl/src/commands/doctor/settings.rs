//! Settings that are read, and variables that nothing reads.

use super::Finding;
use service::Settings;

/// Variables under the settings' prefix that this program reads itself.
const OWN: [&str; 1] = ["GENIACS_TOKEN"];

pub(super) fn look_at_settings(settings: &Settings) -> Vec<Finding> {
    let foreign = |warning: &&String| !OWN.iter().any(|name| warning.split_whitespace().any(|word| word == *name));
    let warnings: Vec<&String> = settings.warnings().iter().filter(foreign).collect();
    if warnings.is_empty() {
        return vec![Finding::well("settings: every one is understood")];
    }
    let mut findings = vec![Finding::well(format!("settings: understood, with {} warning(s):", warnings.len()))];
    findings.extend(warnings.into_iter().map(|warning| Finding::well(format!("settings: warning: {warning}"))));
    findings
}
