//! One file, or folder, for each command.

pub(crate) mod audit_verify;
pub(crate) mod check_run;
pub(crate) mod check_show;
pub(crate) mod completions;
pub(crate) mod conflicts_list;
pub(crate) mod conflicts_resolve;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod keys_generate;
pub(crate) mod keys_rotate;
pub(crate) mod keys_status;
pub(crate) mod migrate;
pub(crate) mod probe;
pub(crate) mod record_show;
pub(crate) mod record_timeline;
pub(crate) mod replay;
pub(crate) mod retry;
pub(crate) mod sync_apply;
pub(crate) mod sync_cancel;
pub(crate) mod sync_preview;
pub(crate) mod sync_resume;
pub(crate) mod sync_run;
mod sync_show;
pub(crate) mod sync_status;
pub(crate) mod syncs;
pub(crate) mod token_create;
pub(crate) mod user_create;

/// The actor in the audit log.
const ACTOR: &str = "geniacsctl";
