//! From a room to application services.

pub mod interest;

use std::sync::Arc;

use crate::{
    app::App,
    error::MatrixError,
    rooms::{Event, Room},
    store::Atom,
};

/// The application services and their queues.
#[derive(Default)]
pub struct Delivery {}

impl Delivery {
    /// The services that must hear of `event`, which is about to be committed to `room`. Called under the room's lock.
    pub async fn interested(&self, _app: &App, _room: &Room, _event: &Arc<Event>) -> Result<Vec<Atom>, MatrixError> {
        Ok(Vec::new())
    }
}
