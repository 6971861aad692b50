//! One sentence for whatever goes wrong.

use crate::gateway::GatewayError;
use crate::print::Output;
use clap::CommandFactory;
use clap::error::ErrorKind;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Stands for a panic, whose own words are for nobody.
pub(crate) const FAULT: &str = "a fault in the program ended the command; run it again, and report it if it comes back";

/// Tells why a command failed.
pub(crate) fn of_command(error: &anyhow::Error, output: Output) -> ExitCode {
    tell_failure(&service::sentence(error), &code_of(error), output)
}

/// Tells why the arguments are not understood; the help and the version that were asked for are no failures. The exit code
/// is 1, since 2 says that a sync ended `partial`.
pub(crate) fn of_usage<P: CommandFactory>(error: &clap::Error, output: Output) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nothing can be told to somebody who closed both outputs.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    tell_failure(&usage_sentence(error, P::command().get_name()), &json!({"code": "usage"}), output)
}

/// One sentence, or one object in the form of the gateway's failures.
fn tell_failure(sentence: &str, error: &Value, output: Output) -> ExitCode {
    if output.is_json() {
        eprintln!("{}", json!({"success": false, "message": sentence, "error": error}));
    } else {
        eprintln!("error: {sentence}");
    }
    ExitCode::FAILURE
}

/// The gateway's error, or else one that says that the command failed.
fn code_of(error: &anyhow::Error) -> Value {
    match error.downcast_ref::<GatewayError>() {
        Some(GatewayError::Refused { status, error, .. }) => {
            let mut error = if error.is_object() { error.clone() } else { json!({"code": "refused"}) };
            error["status"] = json!(status);
            error
        }
        Some(other) => json!({"code": other.code()}),
        None => json!({"code": "failed"}),
    }
}

fn usage_sentence(error: &clap::Error, program: &str) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("no command was given; `{program} --help` lists them");
    }
    let text = error.to_string();
    let paragraphs: Vec<&str> = text.split("\n\n").take_while(|paragraph| !paragraph.starts_with("Usage:")).collect();
    let reason = one_line(&paragraphs.join("; "));
    format!("{}; see `{program} --help`", reason.trim_start_matches("error: "))
}

/// Without line breaks and double spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn sentence(arguments: &[&str]) -> String {
        let words = std::iter::once("geniacsctl").chain(arguments.iter().copied());
        usage_sentence(&crate::cli::Arguments::try_parse_from(words).err().unwrap(), "geniacsctl")
    }

    #[test]
    fn a_wrong_argument_is_one_sentence() {
        for arguments in [
            &["user", "create", "--role", "king", "--email", "a@b.id", "--name", "A"][..],
            &["sync", "run"],
            &["sync", "status", "many"],
            &["frobnicate"],
            &["user"],
            &[],
        ] {
            let sentence = sentence(arguments);
            assert!(!sentence.contains('\n') && !sentence.contains("Usage"), "{sentence}");
            assert!(sentence.ends_with("`geniacsctl --help`") || sentence.contains("lists them"), "{sentence}");
        }
    }

    #[test]
    fn an_unknown_role_names_those_that_exist() {
        let sentence = sentence(&["user", "create", "--role", "king", "--email", "a@b.id", "--name", "A"]);
        assert!(sentence.contains("viewer, operator, admin"), "{sentence}");
    }
}
