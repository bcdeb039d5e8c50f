//! Who may be in a chat, and what they may do there.

use serde_json::{Value, json};

use crate::telegram::{
    api::ask::{Answer, Ask},
    error::{Refusal, bad},
    model::{Chat, ChatKind, Member, Status},
    rights,
};

/// The chat, and somebody the bot may act against there.
fn against(ask: &Ask<'_>, right: &str) -> Result<(Chat, i64), Refusal> {
    let (chat, user) = (ask.chat()?, ask.user_id()?);
    if chat.kind == ChatKind::Private {
        return Err(bad("can't restrict members of private chats"));
    }
    if !chat.member(ask.me()).may(right) {
        return Err(bad("not enough rights to restrict/unrestrict chat member"));
    }
    if user == ask.me() {
        return Err(bad("can't restrict self"));
    }
    match chat.member(user) {
        place if place.status == Status::Creator => Err(bad("can't remove chat owner")),
        place if place.is_admin() && !place.by_bot => Err(bad("user is an administrator of the chat")),
        _ => Ok((chat, user)),
    }
}

/// `banChatMember`
pub(super) fn ban(ask: &mut Ask<'_>) -> Answer {
    let ((chat, user), me) = (against(ask, "can_restrict_members")?, ask.me());
    ask.world().leave(chat.id, user, me, true)?;
    if ask.flag("revoke_messages")
        && let Some(all) = ask.world().messages.get_mut(&chat.id)
    {
        all.retain(|_, message| message.from != Some(user));
    }
    let until = ask.int("until_date").unwrap_or(0);
    if let Some(place) = ask.world().chat_mut(chat.id)?.members.get_mut(&user) {
        place.until = until;
    }
    Ok(json!(true))
}

/// `unbanChatMember`: somebody who is in the chat is thrown out, unless `only_if_banned`.
pub(super) fn unban(ask: &mut Ask<'_>) -> Answer {
    let ((chat, user), me) = (against(ask, "can_restrict_members")?, ask.me());
    if chat.kind == ChatKind::Group {
        return Err(bad("method is available for supergroup and channel chats only"));
    }
    let place = chat.member(user);
    if place.status == Status::Kicked {
        ask.world().set_place(chat.id, user, Member::of(Status::Left), me)?;
    } else if !ask.flag("only_if_banned") {
        ask.world().leave(chat.id, user, me, false)?;
    }
    Ok(json!(true))
}

/// `restrictChatMember`
pub(super) fn restrict(ask: &mut Ask<'_>) -> Answer {
    let ((chat, user), me) = (against(ask, "can_restrict_members")?, ask.me());
    if chat.kind != ChatKind::Supergroup {
        return Err(bad("method is available only for supergroups"));
    }
    let asked = ask.json("permissions")?.ok_or_else(|| bad("permissions must be non-empty"))?;
    let mut given = named(&rights::MEMBER, &|right| asked.get(right) == Some(&Value::Bool(true)));
    let independent = ask.flag("use_independent_chat_permissions");
    if !independent && asked.get("can_send_messages") == Some(&Value::Bool(true)) {
        given.insert("can_send_messages".to_owned());
    }
    let place = if given.is_superset(&rights::usual()) {
        Member::of(Status::Member)
    } else {
        let is_in = chat.member(user).is_present();
        Member { rights: given, is_in, until: ask.int("until_date").unwrap_or(0), ..Member::of(Status::Restricted) }
    };
    ask.world().set_place(chat.id, user, place, me)?;
    Ok(json!(true))
}

/// `promoteChatMember`: no right at all takes the rank.
pub(super) fn promote(ask: &mut Ask<'_>) -> Answer {
    let (chat, user, me) = (ask.chat()?, ask.user_id()?, ask.me());
    let mine = chat.member(me);
    let place = chat.member(user);
    if !matches!(chat.kind, ChatKind::Supergroup | ChatKind::Channel) {
        return Err(bad("method is available for supergroup and channel chats only"));
    }
    if !mine.may("can_promote_members") {
        return Err(bad("not enough rights"));
    }
    if place.status == Status::Creator || place.is_admin() && !place.by_bot {
        return Err(bad("CHAT_ADMIN_REQUIRED"));
    }
    let given = named(&rights::ADMIN, &|right| ask.flag(right));
    if given.iter().any(|right| !mine.may(right)) {
        return Err(bad("RIGHT_FORBIDDEN"));
    }
    if !place.is_present() {
        return Err(bad("USER_NOT_PARTICIPANT"));
    }
    let place = if given.is_empty() && !ask.flag("is_anonymous") {
        Member::of(Status::Member)
    } else {
        let anonymous = ask.flag("is_anonymous");
        Member { rights: given, anonymous, by_bot: true, ..Member::of(Status::Administrator) }
    };
    ask.world().set_place(chat.id, user, place, me)?;
    Ok(json!(true))
}

/// `setChatAdministratorCustomTitle`
pub(super) fn custom_title(ask: &mut Ask<'_>) -> Answer {
    let (chat, user) = (ask.chat()?, ask.user_id()?);
    let title = ask.text("custom_title").unwrap_or_default();
    let place = ask.world().chat_mut(chat.id)?.members.get_mut(&user).filter(|place| place.is_admin());
    let place = place.ok_or_else(|| bad("user is not an administrator"))?;
    if !place.by_bot {
        return Err(bad("not enough rights to change custom title of the user"));
    }
    place.custom_title = (!title.is_empty()).then_some(title);
    Ok(json!(true))
}

fn named(all: &[&str], given: &dyn Fn(&str) -> bool) -> std::collections::BTreeSet<String> {
    all.iter().filter(|right| given(right)).map(|right| (*right).to_owned()).collect()
}
