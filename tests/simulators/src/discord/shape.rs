//! The JSON Discord makes of what it knows: model in, documented objects out.

pub(crate) mod channel;
pub(crate) mod guild;
pub(crate) mod message;
pub(crate) mod user;
pub(crate) mod webhook;
