//! The partner of a stack: a simulator in this process, or one of its own.

use crate::Process;
use geniacs_simulator::{Config, Running, Simulator};
use std::collections::BTreeMap;

/// A running simulator.
#[derive(Debug)]
pub enum Partner {
    /// In this process.
    Here(Running),
    /// In one of its own.
    Apart(Process),
}

impl Partner {
    /// Starts a simulator; one apart goes by its own defaults.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(apart: bool, config: Config) -> Self {
        if apart {
            return Self::Apart(Process::start("geniacs-simulator", &BTreeMap::new()));
        }
        Self::Here(Simulator::start(config).expect("the simulator starts"))
    }

    /// Where its partner API is.
    pub fn base_url(&self) -> String {
        match self {
            Self::Here(running) => running.base_url.clone(),
            Self::Apart(process) => format!("{}/v1", process.url()),
        }
    }

    /// Where its admin API is.
    pub fn admin_url(&self) -> String {
        match self {
            Self::Here(running) => running.admin_url.clone(),
            Self::Apart(process) => format!("{}/admin", process.url()),
        }
    }
}
