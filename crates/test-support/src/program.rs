//! Running a program of this project to its end.

use std::process::{Command, Output, Stdio};

/// The result of a program's run.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Ran {
    /// Reads what a program left behind.
    ///
    /// # Panics
    /// If it was ended by a signal, or printed what is no text.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// The same, of a program that succeeded.
    ///
    /// # Panics
    /// If it did not.
    #[expect(clippy::return_self_not_must_use, reason = "many tests want the success alone")]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    /// The one sentence that it failed with.
    ///
    /// # Panics
    /// If it ended otherwise, or said more.
    pub fn sentence(&self) -> &str {
        assert_eq!(self.code, 1, "{}{}", self.stdout, self.stderr);
        let sentence = self.stderr.strip_prefix("error: ").expect("an error in standard error");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
        sentence.trim_end()
    }
}

/// A program with these words, and nothing else than these variables in its environment.
pub fn command(program: &str, words: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command.args(words).env_clear().env("RUST_BACKTRACE", "1").envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
