//! Nobody says the same of the same event twice.
//! Specified in the client-server API, «Avoiding duplicate annotations».

use serde::Deserialize;

use super::{Event, Room};
use crate::{app::App, error::MatrixError, store::relations::Mine};

/// The kind of relation that is a reaction.
const ANNOTATION: &str = "m.annotation";

/// What an annotation says, and of which event.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Annotation {
    rel_type: String,
    event_id: String,
    key: Option<String>,
}

/// Refuses an annotation that its sender has made already and not taken back. Costs nothing for other events, one or two
/// queries for an annotation.
pub(super) async fn refuse_duplicate(app: &App, room: &Room, event: &Event) -> Result<(), MatrixError> {
    let Some(new) = annotation(event) else { return Ok(()) };
    let rel_type = app.store.atom(ANNOTATION).await?;
    let mine =
        Mine { room: room.nid, parent: &new.event_id, rel_type, kind: event.kind_atom, sender: event.sender_atom };
    let said = app.store.said_by(&mine).await?;
    if said.is_empty() {
        return Ok(());
    }
    let again = app.store.events(&said).await?.iter().any(|said| annotation(said).is_some_and(|old| old == new));
    match again {
        true => Err(MatrixError::duplicate_annotation()),
        false => Ok(()),
    }
}

fn annotation(event: &Event) -> Option<Annotation> {
    #[derive(Deserialize)]
    struct Content {
        #[serde(rename = "m.relates_to")]
        relates_to: Annotation,
    }
    if !event.content.get().contains(ANNOTATION) {
        return None;
    }
    let content: Content = serde_json::from_str(event.content.get()).ok()?;
    Some(content.relates_to).filter(|said| said.rel_type == ANNOTATION)
}
