//! Everything that can happen in a guild, once.

use crate::wire::House;

/// The events of [`everything`], in order.
pub(crate) const EVENTS: [&str; 33] = [
    "MESSAGE_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "MESSAGE_REACTION_REMOVE_ALL",
    "MESSAGE_REACTION_REMOVE_EMOJI",
    "MESSAGE_UPDATE",
    "CHANNEL_PINS_UPDATE",
    "MESSAGE_CREATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "WEBHOOKS_UPDATE",
    "MESSAGE_CREATE",
    "WEBHOOKS_UPDATE",
    "THREAD_CREATE",
    "THREAD_MEMBERS_UPDATE",
    "MESSAGE_CREATE",
    "THREAD_UPDATE",
    "THREAD_DELETE",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_UPDATE",
    "GUILD_MEMBER_REMOVE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_UPDATE",
    "GUILD_ROLE_DELETE",
    "GUILD_EMOJIS_UPDATE",
    "CHANNEL_CREATE",
    "CHANNEL_UPDATE",
    "CHANNEL_DELETE",
    "USER_UPDATE",
    "GUILD_MEMBER_UPDATE",
    "GUILD_DELETE",
];

/// Does one of everything, and throws the bot out at the end.
pub(crate) fn everything(house: &House) {
    let d = &house.discord;
    let (general, ada) = (house.general, house.ada);
    let one = d.say(general, ada, "one").unwrap();
    let two = d.reply(general, ada, "two", one).unwrap();
    d.edit(general, one, "uno").unwrap();
    d.react(general, one, ada, "👍").unwrap();
    d.unreact(general, one, ada, "👍").unwrap();
    d.clear_reactions(general, one, None).unwrap();
    d.clear_reactions(general, one, Some("👍")).unwrap();
    d.pin(general, one, ada).unwrap();
    d.delete(general, one).unwrap();
    d.delete_bulk(general, &[two]).unwrap();
    let hook = d.make_webhook(general, ada, "other").unwrap();
    d.speak(hook.id, "Robot", "beep").unwrap();
    d.delete_webhook(hook.id).unwrap();
    let thread = d.thread(general, ada, "side").unwrap();
    d.archive(thread, true, false).unwrap();
    d.delete_channel(thread).unwrap();
    let bob = d.person(house.guild, "bob").unwrap();
    d.set_nick(house.guild, bob, "Bobby").unwrap();
    d.kick(house.guild, bob).unwrap();
    let role = d.role(house.guild, "crew", 0).unwrap();
    d.change_role(house.guild, role, |role| role.color = 7).unwrap();
    d.delete_role(house.guild, role).unwrap();
    d.emoji(house.guild, "blob", false).unwrap();
    let extra = d.text_channel(house.guild, "extra").unwrap();
    d.set_topic(extra, "ships").unwrap();
    d.delete_channel(extra).unwrap();
    d.change_user(d.bot(), |user| user.name = "Bridge".to_owned()).unwrap();
    d.kick(house.guild, d.bot()).unwrap();
}
