//! What every part of the server is handed: one cheap clone of an [`App`].

use std::{ops::Deref, sync::Arc};

use crate::http::limits::Limits;

/// The running server. Cloning copies one pointer.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of a running server.
pub struct Parts {
    /// Who may ask how often.
    pub limits: Limits,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
