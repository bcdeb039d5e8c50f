//! Accounts.

use serde_json::json;

use super::World;
use crate::slack::{error::Refusal, model::User, shape};

impl World {
    /// Puts an account into the world and tells nobody; its id is made here.
    pub(crate) fn add_user(&mut self, user: User) -> String {
        let id = self.next_id("U");
        let real_name = if user.real_name.is_empty() { user.name.clone() } else { user.real_name.clone() };
        let updated = self.clock.seconds();
        self.users.insert(id.clone(), User { id: id.clone(), real_name, updated, ..user });
        id
    }

    /// Somebody joins the workspace, and so #general.
    pub(crate) fn welcome(&mut self, user: User) -> Result<String, Refusal> {
        let foreign = user.foreign_team.is_some();
        let id = self.add_user(user);
        if foreign {
            return Ok(id);
        }
        let body = json!({ "type": "team_join", "user": shape::user(self, self.user(&id)?, false) });
        self.tell("team_join", body);
        let general = self.channels.values().find(|channel| channel.general).map(|channel| channel.id.clone());
        if let Some(general) = general {
            self.join(&general, &id, None)?;
        }
        Ok(id)
    }

    /// Changes an account.
    pub(crate) fn change_user(&mut self, id: &str, change: impl FnOnce(&mut User)) -> Result<(), Refusal> {
        let now = self.clock.seconds();
        let mut user = self.user(id)?.clone();
        change(&mut user);
        user.updated = now;
        self.users.insert(id.to_owned(), user);
        let event_ts = self.next_ts();
        let body = json!({
            "type": "user_change",
            "user": shape::user(self, self.user(id)?, false),
            "cache_ts": now,
            "event_ts": event_ts,
        });
        self.tell("user_change", body);
        Ok(())
    }
}
