//! People: how they look in a guild, and what they may do in its channels.

use appservice_sdk::prelude::UserInfo;
use serenity::http::Route;
use serenity::model::id::{GuildId, RoleId, UserId};

use super::Atlas;
use super::map::Seen;
use crate::rest::{Call, RestError};
use crate::rights::{self, Who};
use crate::wire::{Channel, Member, MemberChange, User};

impl Atlas {
    /// How somebody looks in a guild, and as an account.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn person(&self, guild: GuildId, id: UserId) -> Result<Seen, RestError> {
        if let Some(known) = self.map().person(guild, id) {
            return Ok(known.clone());
        }
        match self.member(guild, id).await? {
            Some(seen) => Ok(seen),
            None => self.stranger(guild, id).await,
        }
    }

    /// Somebody as a member of the guild at this moment; `None` when they are not.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn member(&self, guild: GuildId, id: UserId) -> Result<Option<Seen>, RestError> {
        let member = Call::get(Route::GuildMember { guild_id: guild, user_id: id });
        match self.rest.call::<Member>(member).await {
            Ok(member) => Ok(member.user.as_deref().map(|user| self.meet(guild, user, Some(&member)))),
            Err(RestError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Somebody who is no member of the guild (any more).
    async fn stranger(&self, guild: GuildId, id: UserId) -> Result<Seen, RestError> {
        match self.rest.call::<User>(Call::get(Route::User { user_id: id })).await {
            Ok(user) => Ok(self.meet(guild, &user, None)),
            Err(RestError::Refused { .. }) => {
                let look = UserInfo::named(id.to_string());
                Ok(Seen { account: look.clone(), look, roles: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Remembers how somebody looks.
    pub(crate) fn meet(&self, guild: GuildId, user: &User, member: Option<&Member>) -> Seen {
        let seen = Seen {
            look: self.cdn.look(Some(guild), user, member),
            account: self.cdn.look(None, user, None),
            roles: member.and_then(|member| member.roles.as_deref()).map(Into::into),
        };
        self.map().put_person(guild, user.id, seen.clone());
        seen
    }

    /// How a webhook looked when it was first heard: it may take another look with every message.
    pub(crate) fn first_look(&self, guild: GuildId, id: UserId, look: &UserInfo) -> UserInfo {
        let mut map = self.map();
        if let Some(known) = map.person(guild, id) {
            return known.look.clone();
        }
        map.put_person(guild, id, Seen { look: look.clone(), account: look.clone(), roles: None });
        look.clone()
    }

    /// Somebody's name, if it is known without asking.
    pub(crate) fn name_of(&self, guild: GuildId, id: UserId) -> Option<String> {
        self.map().person(guild, id).map(|seen| seen.look.name.clone())
    }

    /// Takes in what changed about somebody.
    pub(crate) fn learn_member(&self, change: &MemberChange) -> Option<(UserId, Seen)> {
        let user = change.member.user.as_deref()?;
        Some((user.id, self.meet(change.guild_id, user, Some(&change.member))))
    }

    pub(crate) fn forget_member(&self, guild: GuildId, id: UserId) {
        self.map().drop_person(guild, id);
    }

    /// What somebody may do in a channel (for a thread: the channel above it), as far as is known without asking.
    pub(crate) fn bits(&self, guild: GuildId, id: UserId, channel: &Channel) -> Option<u64> {
        let map = self.map();
        let roles = map.person(guild, id)?.roles.clone()?;
        let everyone = map.role(RoleId::new(guild.get()))?.permissions;
        let owner = map.guild(guild).and_then(|guild| guild.owner_id) == Some(id);
        let given = roles.iter().filter_map(|role| map.role(*role)).fold(everyone, |sum, role| sum | role.permissions);
        let who = Who { guild, user: Some(id), roles: &roles, base: given, owner };
        Some(rights::in_channel(who, &channel.permission_overwrites))
    }

    /// Whether the bot sees a channel; where that is not known, it is taken for seen.
    pub(crate) fn sees(&self, guild: GuildId, channel: &Channel) -> bool {
        self.bits(guild, self.me, channel).is_none_or(rights::sees)
    }
}
