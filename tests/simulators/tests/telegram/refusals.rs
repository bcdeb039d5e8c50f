//! Telegram's refusals, word for word.

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn what_telegram_refuses_is_refused_in_its_words() {
    let house = House::open().await;
    let (group, ada) = (house.group, house.ada);
    let theirs = house.telegram.say(group, ada, "mine").unwrap();
    let mine = house.says("same").await;
    let long = "x".repeat(4097);
    let message = |text: &str| json!({"chat_id": group, "text": text});
    for (method, params, description) in [
        ("sendMessage", json!({"chat_id": 12, "text": "x"}), "chat not found"),
        ("sendMessage", json!({"text": "x"}), "chat_id is empty"),
        ("sendMessage", message("  \n "), "message text is empty"),
        ("sendMessage", message(&long), "message is too long"),
        (
            "sendMessage",
            json!({"chat_id": group, "text": "<b>x", "parse_mode": "HTML"}),
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            "sendMessage",
            json!({"chat_id": group, "text": "x", "reply_parameters": {"message_id": 99999}}),
            "message to be replied not found",
        ),
        ("sendMessage", json!({"chat_id": group, "text": "x", "message_thread_id": 99999}), "message thread not found"),
        ("sendPhoto", json!({"chat_id": group, "photo": "nonsense"}), "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", json!({ "chat_id": group }), "there is no photo in the request"),
        ("editMessageText", json!({"chat_id": group, "message_id": theirs, "text": "x"}), "message can't be edited"),
        ("editMessageText", json!({"chat_id": group, "message_id": 99999, "text": "x"}), "message to edit not found"),
        (
            "editMessageText",
            json!({"chat_id": group, "message_id": mine, "text": "same"}),
            "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
        ),
        ("deleteMessage", json!({"chat_id": group, "message_id": 99999}), "message to delete not found"),
        (
            "setMessageReaction",
            json!({"chat_id": group, "message_id": mine, "reaction": [{"type": "emoji", "emoji": "🪑"}]}),
            "REACTION_INVALID",
        ),
        ("createForumTopic", json!({"chat_id": group, "name": "x"}), "the chat is not a forum"),
        ("getFile", json!({"file_id": "nonsense"}), "invalid file_id"),
        (
            "answerCallbackQuery",
            json!({"callback_query_id": "1"}),
            "query is too old and response timeout expired or query ID is invalid",
        ),
    ] {
        assert_eq!(house.refused(method, params).await, format!("Bad Request: {description}"), "{method}");
    }
    assert_eq!(house.ask("noSuchMethod", json!({})).await.0, 404);
    let url = format!("{}/bot1:wrong/getMe", house.telegram.url());
    let wrong = reqwest::get(url).await.unwrap();
    assert_eq!(wrong.status(), 401);
    assert_eq!(wrong.json::<serde_json::Value>().await.unwrap()["description"], "Unauthorized");
}

#[tokio::test]
async fn a_limit_on_length_counts_after_the_markup() {
    let house = House::open().await;
    let text = format!("<b>{}</b>", "x".repeat(4096));
    house.done("sendMessage", json!({"chat_id": house.group, "text": text, "parse_mode": "HTML"})).await;
}

#[tokio::test]
async fn nobody_is_written_to_who_did_not_write_first_or_blocked_the_bot() {
    let house = House::open().await;
    let (t, bob) = (&house.telegram, house.telegram.person("Bob", None));
    let message = json!({"chat_id": bob, "text": "x"});
    assert_eq!(house.refused("sendMessage", message.clone()).await, "Bad Request: chat not found");
    t.start_chat(bob).unwrap();
    house.done("sendMessage", message.clone()).await;
    t.block(bob, true).unwrap();
    assert_eq!(house.refused("sendMessage", message).await, "Forbidden: bot was blocked by the user");
}

#[tokio::test]
async fn its_own_message_is_deleted_for_two_days() {
    let house = House::open().await;
    let (t, group) = (&house.telegram, house.group);
    t.demote(group, t.bot(), house.ada).unwrap();
    let (young, old) = (house.says("young").await, house.says("old").await);
    house.done("deleteMessage", json!({"chat_id": group, "message_id": young})).await;
    t.pass(std::time::Duration::from_secs(48 * 3600 + 1));
    let refused = house.refused("deleteMessage", json!({"chat_id": group, "message_id": old})).await;
    assert_eq!(refused, "Bad Request: message can't be deleted for everyone");
}
