//! A group becomes a supergroup: another id, and message ids from the beginning.

use serde_json::json;

use super::World;
use crate::telegram::{
    error::Refusal,
    model::{Chat, ChatKind, GROUP_ANONYMOUS_BOT},
};

impl World {
    /// Migrates a group; says the supergroup's id.
    pub(crate) fn migrate(&mut self, group: i64, by: i64) -> Result<i64, Refusal> {
        let old = self.chat(group)?.clone();
        let id = -1_000_000_000_000 - self.next_id();
        let new = Chat { id, kind: ChatKind::Supergroup, last_message: 0, pinned: vec![], ..old.clone() };
        self.chats.insert(id, new);
        self.service(group, by, json!({ "migrate_to_chat_id": id }))?;
        self.chat_mut(group)?.migrated_to = Some(id);
        // The first message of the supergroup comes from the group, whoever did it.
        let fields = json!({ "migrate_from_chat_id": group });
        self.service(id, GROUP_ANONYMOUS_BOT, fields)?;
        Ok(id)
    }
}
