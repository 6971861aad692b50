//! What happened, in numbered lines that a person can follow.

use std::cell::{Cell, RefCell};
use std::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct Timeline {
    lines: RefCell<Vec<String>>,
    step: Cell<u32>,
    /// When it began; shown with each line where `TIMES` is set.
    began: Option<Instant>,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self { began: std::env::var_os("TIMES").map(|_| Instant::now()), ..Self::default() }
    }

    /// Begins the next step.
    pub(crate) fn step(&self) {
        self.step.set(self.step.get() + 1);
    }

    pub(crate) fn number(&self) -> u32 {
        self.step.get()
    }

    pub(crate) fn say(&self, line: impl AsRef<str>) {
        let took = self.began.map(|began| format!("{:>6} ms  ", began.elapsed().as_millis())).unwrap_or_default();
        self.lines.borrow_mut().push(format!("{:>3}  {took}{}", self.step.get(), line.as_ref()));
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.borrow_mut())
    }
}
