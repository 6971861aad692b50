//! Entries against a real PostgreSQL: written, pruned, and tampered with.
#![cfg(test)]

mod keeping;
mod stand;
mod tampering;
