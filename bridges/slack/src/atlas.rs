//! What is known of the workspace: people, programs, channels, groups and emoji, asked for once and kept up to date by
//! events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::*;
use serde_json::Value;

use crate::api::{Api, ApiError};
use crate::look;
use crate::wire::{Channel, User, read};

/// So many people are remembered; then the memory starts anew.
const PEOPLE: usize = 20_000;
/// How many steps an emoji's alias may take.
const ALIASES: usize = 8;

pub(crate) struct Atlas {
    api: Arc<Api>,
    map: Mutex<Map>,
}

#[derive(Default)]
struct Map {
    people: HashMap<String, UserInfo>,
    programs: HashMap<String, UserInfo>,
    /// `None`: there is no such channel for us.
    channels: HashMap<String, Option<Arc<Channel>>>,
    groups: Option<HashMap<String, String>>,
    /// Addresses, or `alias:other`.
    emoji: Option<HashMap<String, String>>,
}

impl Atlas {
    pub(crate) fn new(api: Arc<Api>) -> Self {
        Self { api, map: Mutex::default() }
    }

    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How somebody looks; also people of other workspaces in shared channels. `None`: nobody by that id.
    ///
    /// # Errors
    /// Slack could not tell now.
    pub(crate) async fn person(&self, id: &str) -> Result<Option<UserInfo>, ApiError> {
        if let Some(known) = self.map().people.get(id) {
            return Ok(Some(known.clone()));
        }
        Ok(self.user(id).await?.map(|user| self.meet(&user)))
    }

    /// An account as it is at this moment.
    ///
    /// # Errors
    /// Slack could not tell now.
    pub(crate) async fn user(&self, id: &str) -> Result<Option<User>, ApiError> {
        match self.api.get("users.info", &[("user", id)]).await {
            Ok(answer) => Ok(Some(read::<User>(&answer["user"])).filter(|user| user.id == id)),
            Err(error) if error.passes() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Remembers how somebody looks.
    pub(crate) fn meet(&self, user: &User) -> UserInfo {
        let info = look::person(user);
        let people = &mut self.map().people;
        if people.len() >= PEOPLE {
            people.clear();
        }
        people.insert(user.id.clone(), info.clone());
        info
    }

    /// How a program looks when it says nothing of itself.
    ///
    /// # Errors
    /// Slack could not tell now.
    pub(crate) async fn program(&self, bot: &str) -> Result<Option<UserInfo>, ApiError> {
        if let Some(known) = self.map().programs.get(bot) {
            return Ok(Some(known.clone()));
        }
        match self.api.get("bots.info", &[("bot", bot)]).await {
            Ok(answer) => {
                let info = look::program(&answer["bot"]);
                if let Some(info) = &info {
                    self.map().programs.insert(bot.to_owned(), info.clone());
                }
                Ok(info)
            }
            Err(error) if error.passes() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// A channel as it was told last.
    ///
    /// # Errors
    /// Slack could not tell now.
    pub(crate) async fn channel(&self, id: &str) -> Result<Option<Arc<Channel>>, ApiError> {
        if let Some(known) = self.map().channels.get(id) {
            return Ok(known.clone());
        }
        self.channel_now(id).await
    }

    /// A channel as it is at this moment.
    ///
    /// # Errors
    /// Slack could not tell now.
    pub(crate) async fn channel_now(&self, id: &str) -> Result<Option<Arc<Channel>>, ApiError> {
        let found = match self.api.get("conversations.info", &[("channel", id)]).await {
            Ok(answer) => Some(Arc::new(read::<Channel>(&answer["channel"]))).filter(|channel| channel.id == id),
            Err(error) if error.passes() => return Err(error),
            Err(_) => None,
        };
        self.map().channels.insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// Takes in a channel.
    pub(crate) fn learn_channel(&self, channel: Channel) {
        self.map().channels.insert(channel.id.clone(), Some(Arc::new(channel)));
    }

    pub(crate) fn forget_channel(&self, id: &str) {
        self.map().channels.remove(id);
    }

    /// What may have changed while nobody listened.
    pub(crate) fn forget(&self) {
        *self.map() = Map::default();
    }

    /// Somebody's name, if it is known without asking.
    pub(crate) fn name_of(&self, user: &str) -> Option<String> {
        self.map().people.get(user).map(|info| info.name.clone())
    }

    /// A channel's name, if it is known without asking.
    pub(crate) fn channel_name(&self, id: &str) -> Option<String> {
        self.map().channels.get(id)?.as_ref()?.name.clone()
    }

    /// A group's name (`@devs`), if it is known without asking.
    pub(crate) fn group_name(&self, id: &str) -> Option<String> {
        self.map().groups.as_ref()?.get(id).cloned()
    }

    /// Makes sure that the names of groups are known.
    ///
    /// # Errors
    /// Slack could not tell now.
    pub(crate) async fn know_groups(&self) -> Result<(), ApiError> {
        if self.map().groups.is_some() {
            return Ok(());
        }
        let groups = match self.api.get("usergroups.list", &[]).await {
            Ok(answer) => answer["usergroups"].as_array().cloned().unwrap_or_default(),
            Err(error) if error.passes() => return Err(error),
            Err(_) => Vec::new(),
        };
        self.map().groups = Some(groups.iter().filter_map(group).collect());
        Ok(())
    }

    pub(crate) fn learn_group(&self, told: &Value) {
        if let (Some(groups), Some((id, name))) = (&mut self.map().groups, group(told)) {
            groups.insert(id, name);
        }
    }

    /// Makes sure that the workspace's emoji are known.
    ///
    /// # Errors
    /// Slack could not tell now.
    pub(crate) async fn know_emoji(&self) -> Result<(), ApiError> {
        if self.map().emoji.is_some() {
            return Ok(());
        }
        let all = match self.api.get("emoji.list", &[]).await {
            Ok(answer) => read::<HashMap<String, String>>(&answer["emoji"]),
            Err(error) if error.passes() => return Err(error),
            Err(_) => HashMap::new(),
        };
        self.map().emoji = Some(all);
        Ok(())
    }

    pub(crate) fn forget_emoji(&self) {
        self.map().emoji = None;
    }

    /// What a name means in this workspace, through its aliases.
    pub(crate) fn emoji(&self, name: &str) -> Custom {
        let map = self.map();
        let Some(all) = &map.emoji else { return Custom::Unknown };
        resolve(all, name)
    }

    /// All emoji that have a picture of their own.
    pub(crate) fn pack(&self) -> Vec<PackImage> {
        let map = self.map();
        let Some(all) = &map.emoji else { return Vec::new() };
        let mut names: Vec<&String> = all.keys().collect();
        names.sort();
        names
            .into_iter()
            .filter_map(|name| match resolve(all, name) {
                Custom::Picture { name: original, url } => {
                    let file = MediaRef::web(url).with_id(format!("emoji/{original}"));
                    Some(PackImage { name: name.clone(), file, sticker: false })
                }
                _ => None,
            })
            .collect()
    }
}

/// What an emoji's name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Custom {
    /// A picture of the workspace; the name is the one behind all aliases.
    Picture { name: String, url: String },
    /// Another name for one that everybody has.
    Standard(String),
    /// None of the workspace.
    Unknown,
}

fn resolve(all: &HashMap<String, String>, name: &str) -> Custom {
    let mut name = name;
    for _ in 0..ALIASES {
        match all.get(name).map(|value| (value, value.strip_prefix("alias:"))) {
            Some((_, Some(other))) if all.contains_key(other) => name = other,
            Some((_, Some(other))) => return Custom::Standard(other.to_owned()),
            Some((url, None)) => return Custom::Picture { name: name.to_owned(), url: url.clone() },
            None => return Custom::Unknown,
        }
    }
    Custom::Unknown
}

fn group(told: &Value) -> Option<(String, String)> {
    Some((told["id"].as_str()?.to_owned(), told["handle"].as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_followed_and_circles_end() {
        let all: HashMap<String, String> = [
            ("party", "https://e/party.gif"),
            ("fete", "alias:party"),
            ("fiesta", "alias:fete"),
            ("ship_it", "alias:shipit"),
            ("a", "alias:b"),
            ("b", "alias:a"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let party = Custom::Picture { name: "party".into(), url: "https://e/party.gif".into() };
        assert_eq!(resolve(&all, "fiesta"), party);
        assert_eq!(resolve(&all, "ship_it"), Custom::Standard("shipit".into()));
        assert_eq!(resolve(&all, "a"), Custom::Unknown);
        assert_eq!(resolve(&all, "smile"), Custom::Unknown);
    }
}
