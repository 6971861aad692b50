//! One file, or folder, for each command.

pub(crate) mod check;
pub(crate) mod connect;
pub(crate) mod load;
pub(crate) mod reset;
pub(crate) mod run;
pub(crate) mod touch;
