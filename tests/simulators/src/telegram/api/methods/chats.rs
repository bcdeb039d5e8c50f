//! Chats: what they are and what the bot may change of them.

use serde_json::{Value, json};

use crate::telegram::{
    Media, MediaKind,
    api::ask::{Answer, Ask},
    error::{Refusal, bad},
    model::{Chat, ChatKind},
    rights, shape, text,
};

/// `getChat`
pub(super) fn get(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.chat()?;
    Ok(shape::chat::full(&ask.state.world, &chat))
}

/// `getChatAdministrators`: people, and this bot; other bots are left out.
pub(super) fn administrators(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.chat()?;
    if chat.kind == ChatKind::Private {
        return Err(bad("there are no administrators in the private chat"));
    }
    let world = &ask.state.world;
    let admins = chat.members.iter().filter(|(_, place)| place.is_admin());
    let accounts = admins.filter_map(|(id, place)| Some((world.users.get(id)?, place)));
    let shown = accounts.filter(|(user, _)| !user.is_bot || user.id == world.bot);
    Ok(shown.map(|(user, place)| shape::member::member(user, place)).collect())
}

/// `getChatMember`: somebody who never was there has left.
pub(super) fn member(ask: &mut Ask<'_>) -> Answer {
    let (chat, user) = (ask.chat()?, ask.user_id()?);
    Ok(shape::member::member(ask.state.world.user(user)?, &chat.member(user)))
}

/// `getChatMemberCount`
pub(super) fn count(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.chat()?;
    let present = chat.members.values().filter(|place| place.is_present()).count();
    Ok(json!(if chat.kind == ChatKind::Private { 2 } else { present }))
}

/// `leaveChat`
pub(super) fn leave(ask: &mut Ask<'_>) -> Answer {
    let (chat, me) = (ask.chat()?, ask.me());
    if chat.kind == ChatKind::Private {
        return Err(bad("method is available only for groups, supergroups and channels"));
    }
    ask.world().leave(chat.id, me, me, false)?;
    Ok(json!(true))
}

fn changeable(ask: &Ask<'_>, what: &str) -> Result<Chat, Refusal> {
    ask.governed("can_change_info", &format!("not enough rights to change chat {what}"))
}

/// `setChatTitle`
pub(super) fn title(ask: &mut Ask<'_>) -> Answer {
    let (chat, title, me) = (changeable(ask, "title")?, ask.text("title").unwrap_or_default(), ask.me());
    let title = title.trim();
    if title.is_empty() || text::units(title) > 128 {
        return Err(bad(if title.is_empty() { "chat title is empty" } else { "CHAT_TITLE_TOO_LONG" }));
    }
    ask.world().rename(chat.id, title, me)?;
    Ok(json!(true))
}

/// `setChatDescription`
pub(super) fn description(ask: &mut Ask<'_>) -> Answer {
    let (chat, about) = (changeable(ask, "description")?, ask.text("description").unwrap_or_default());
    if text::units(&about) > 255 {
        return Err(bad("CHAT_ABOUT_TOO_LONG"));
    }
    ask.world().describe(chat.id, &about)?;
    Ok(json!(true))
}

/// `setChatPhoto`
pub(super) fn photo(ask: &mut Ask<'_>) -> Answer {
    let (chat, me) = (changeable(ask, "photo")?, ask.me());
    let upload = ask.upload("photo").ok_or_else(|| bad("photo must be uploaded as a file"))?;
    if crate::discord::picture::dimensions(&upload.bytes).is_none() && !upload.bytes.starts_with(b"RIFF") {
        return Err(bad("PHOTO_CROP_SIZE_SMALL"));
    }
    let media = Media::new(MediaKind::Photo, "image/jpeg", upload.bytes);
    ask.world().picture(chat.id, Some(media), me)?;
    Ok(json!(true))
}

/// `deleteChatPhoto`
pub(super) fn no_photo(ask: &mut Ask<'_>) -> Answer {
    let (chat, me) = (changeable(ask, "photo")?, ask.me());
    if chat.photo.is_none() {
        return Err(bad("CHAT_NOT_MODIFIED"));
    }
    ask.world().picture(chat.id, None, me)?;
    Ok(json!(true))
}

/// `setChatPermissions`
pub(super) fn permissions(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.chat()?;
    if !chat.is_group() {
        return Err(bad("can't change chat permissions"));
    }
    if !chat.member(ask.me()).may("can_restrict_members") {
        return Err(bad("not enough rights to change chat permissions"));
    }
    let asked = ask.json("permissions")?.ok_or_else(|| bad("permissions must be non-empty"))?;
    let given = rights::MEMBER.iter().filter(|right| asked.get(**right) == Some(&Value::Bool(true)));
    ask.world().chat_mut(chat.id)?.permissions = given.map(|right| (*right).to_owned()).collect();
    Ok(json!(true))
}
