//! From one side to the other. Deciding is pure and tested by tables: [`to_remote`], [`to_matrix`], [`outcome`]. Doing is
//! thin: `run` journals what is about to be done, does it, and records outcome and ledger rows in one transaction.

pub(crate) mod event;
pub(crate) mod look;
pub(crate) mod names;
pub(crate) mod outcome;
pub(crate) mod pack;
pub(crate) mod pins;
pub(crate) mod poll;
pub(crate) mod power;
pub(crate) mod run;

pub(crate) mod text;
pub(crate) mod to_matrix;
pub(crate) mod to_remote;
