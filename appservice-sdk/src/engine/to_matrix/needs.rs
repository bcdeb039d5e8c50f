//! What has to be known, or carried over, before an event can be decided about.

use super::reaction::emoji_source;
use crate::network::{Incoming, MediaRef, MessageId, Part, What};

/// The files an event needs on the homeserver, with what each is remembered by.
pub(crate) fn needed_media(incoming: &Incoming) -> Vec<(String, MediaRef)> {
    let mut needed: Vec<(String, MediaRef)> = Vec::new();
    let mut need = |file: &MediaRef| needed.push((file.cache_key().to_owned(), file.clone()));
    match &incoming.what {
        What::Message { parts, profile, .. } => {
            parts.iter().filter_map(file_of).for_each(&mut need);
            profile.iter().filter_map(|profile| profile.avatar.as_ref()).for_each(need);
        }
        What::Edit { parts, .. } => parts.iter().filter_map(file_of).for_each(need),
        What::React { emoji, on: true, .. } => {
            if let Some(image) = &emoji.image {
                needed.push((emoji_source(emoji, image), MediaRef::web(image).with_id(emoji_source(emoji, image))));
            }
        }
        _ => {}
    }
    needed
}

fn file_of(part: &Part) -> Option<&MediaRef> {
    match part {
        Part::Media { file, .. } => Some(file),
        _ => None,
    }
}

/// The messages an event speaks of.
pub(crate) fn targets(incoming: &Incoming) -> Vec<&str> {
    match &incoming.what {
        What::Message { id, reply_to, thread, .. } => {
            [Some(id), reply_to.as_ref(), thread.as_ref()].into_iter().flatten().map(MessageId::as_str).collect()
        }
        What::Edit { id, .. } | What::Delete { id } | What::React { id, .. } | What::Pin { id, .. } => {
            vec![id.as_str()]
        }
        What::Vote { poll, .. } | What::PollEnd { poll } => vec![poll.as_str()],
        What::Pins { ids } => ids.iter().map(MessageId::as_str).collect(),
        _ => Vec::new(),
    }
}
