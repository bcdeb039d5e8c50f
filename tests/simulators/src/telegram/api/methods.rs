//! Every method, by name.

mod about;
mod change;
mod chats;
mod files;
mod media;
mod members;
mod poll;
mod said;
mod topics;

use super::ask::{Answer, Ask};

/// A method.
pub(crate) struct Method {
    /// As Telegram writes it.
    pub(crate) name: &'static str,
    /// Whether it puts messages into a chat.
    pub(crate) sends: bool,
    pub(crate) act: fn(&mut Ask<'_>) -> Answer,
}

const fn sends(name: &'static str, act: fn(&mut Ask<'_>) -> Answer) -> Method {
    Method { name, sends: true, act }
}

const fn does(name: &'static str, act: fn(&mut Ask<'_>) -> Answer) -> Method {
    Method { name, sends: false, act }
}

/// The method of a name, however it is spelled.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name.eq_ignore_ascii_case(name))
}

static METHODS: [Method; 67] = [
    does("getMe", about::me),
    does("getUpdates", about::nothing),
    does("setWebhook", about::set_webhook),
    does("deleteWebhook", about::delete_webhook),
    does("getWebhookInfo", about::webhook_info),
    does("setMyCommands", about::set_commands),
    does("getMyCommands", about::commands),
    does("deleteMyCommands", about::delete_commands),
    does("answerCallbackQuery", about::answer_callback),
    does("logOut", about::nothing),
    does("close", about::nothing),
    sends("sendMessage", said::message),
    sends("sendLocation", said::location),
    sends("sendVenue", said::venue),
    sends("sendContact", said::contact),
    sends("sendDice", said::dice),
    does("sendChatAction", said::action),
    sends("forwardMessage", said::forward),
    sends("forwardMessages", said::forward_all),
    sends("copyMessage", said::copy),
    sends("copyMessages", said::copy_all),
    sends("sendPhoto", media::photo),
    sends("sendVideo", media::video),
    sends("sendAnimation", media::animation),
    sends("sendAudio", media::audio),
    sends("sendVoice", media::voice),
    sends("sendVideoNote", media::video_note),
    sends("sendDocument", media::document),
    sends("sendSticker", media::sticker),
    sends("sendMediaGroup", media::group),
    sends("sendPoll", poll::send),
    does("stopPoll", poll::stop),
    does("editMessageText", change::text),
    does("editMessageCaption", change::caption),
    does("editMessageMedia", change::media),
    does("editMessageReplyMarkup", change::markup),
    does("deleteMessage", change::delete),
    does("deleteMessages", change::delete_all),
    does("setMessageReaction", change::react),
    does("pinChatMessage", change::pin),
    does("unpinChatMessage", change::unpin),
    does("unpinAllChatMessages", change::unpin_all),
    does("getChat", chats::get),
    does("getChatAdministrators", chats::administrators),
    does("getChatMember", chats::member),
    does("getChatMemberCount", chats::count),
    does("leaveChat", chats::leave),
    does("setChatTitle", chats::title),
    does("setChatDescription", chats::description),
    does("setChatPhoto", chats::photo),
    does("deleteChatPhoto", chats::no_photo),
    does("setChatPermissions", chats::permissions),
    does("banChatMember", members::ban),
    does("unbanChatMember", members::unban),
    does("restrictChatMember", members::restrict),
    does("promoteChatMember", members::promote),
    does("setChatAdministratorCustomTitle", members::custom_title),
    does("createForumTopic", topics::create),
    does("editForumTopic", topics::edit),
    does("closeForumTopic", topics::close),
    does("reopenForumTopic", topics::reopen),
    does("deleteForumTopic", topics::delete),
    does("getFile", files::file),
    does("getUserProfilePhotos", files::profile_photos),
    does("getCustomEmojiStickers", files::custom_emoji),
    does("getStickerSet", files::sticker_set),
    does("getForumTopicIconStickers", files::topic_icons),
];
