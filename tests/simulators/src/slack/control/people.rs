//! Accounts.

use crate::slack::{
    Refusal, Slack,
    model::{User, UserGroup},
};

impl Slack {
    /// The bot's user id.
    pub fn bot_user(&self) -> String {
        self.shared.look(|state| state.world.app.user.clone())
    }

    /// The bot's bot id, which its messages carry.
    pub fn bot(&self) -> String {
        self.shared.look(|state| state.world.app.bot.clone())
    }

    /// The workspace's id.
    pub fn team(&self) -> String {
        self.shared.look(|state| state.world.team.id.clone())
    }

    /// Who owns the workspace, administrates it, and made #general.
    pub fn owner(&self) -> String {
        self.shared.look(|state| state.world.owner.clone())
    }

    /// A new person of the workspace; they are in #general.
    pub fn person(&self, name: &str) -> Result<String, Refusal> {
        self.shared.with(|state| state.world.welcome(User { name: name.to_owned(), ..User::default() }))
    }

    /// Somebody of another workspace, as Slack Connect shows them; they are in no channel yet.
    pub fn stranger(&self, name: &str) -> Result<String, Refusal> {
        self.shared.with(|state| {
            let foreign_team = Some(state.world.next_id("T"));
            state.world.welcome(User { name: name.to_owned(), foreign_team, ..User::default() })
        })
    }

    /// What the account is now.
    pub fn user(&self, id: &str) -> Option<User> {
        self.shared.look(|state| state.world.users.get(id).cloned())
    }

    /// Changes an account: names, picture, whether it is deactivated.
    pub fn change_user(&self, id: &str, change: impl FnOnce(&mut User)) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.change_user(id, change))
    }

    /// A group that can be mentioned.
    pub fn user_group(&self, handle: &str, users: &[&str]) -> String {
        self.shared.with(|state| {
            let id = state.world.next_id("S");
            let created = state.world.clock.seconds();
            let users = users.iter().map(|user| (*user).to_owned()).collect();
            let group =
                UserGroup { id: id.clone(), handle: handle.to_owned(), name: handle.to_owned(), users, created };
            state.world.groups.push(group);
            id
        })
    }
}
