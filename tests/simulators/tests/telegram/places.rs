//! Groups that migrate, forums, channels, and who is in them.

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn a_group_migrates_and_answers_its_new_id_afterwards() {
    let house = House::open().await;
    let (t, ada) = (&house.telegram, house.ada);
    let old = t.group("Small", ada);
    t.add_bot(old, ada).unwrap();
    house.drain().await;
    let new = t.migrate(old, ada).unwrap();
    assert!(new < -1_000_000_000_000);
    let heard = house.drain().await;
    assert_eq!(heard[0]["message"]["migrate_to_chat_id"], new);
    let first = &heard[1]["message"];
    assert_eq!((&first["migrate_from_chat_id"], &first["message_id"]), (&json!(old), &json!(1)));
    let (status, body) = house.ask("sendMessage", json!({"chat_id": old, "text": "late"})).await;
    assert_eq!((status, &body["parameters"]["migrate_to_chat_id"]), (400, &json!(new)));
    assert_eq!(body["description"], "Bad Request: group chat was upgraded to a supergroup chat");
    house.done("sendMessage", json!({"chat_id": new, "text": "in time"})).await;
}

#[tokio::test]
async fn topics_are_threads_and_the_general_one_has_no_number() {
    let house = House::open().await;
    let (t, ada) = (&house.telegram, house.ada);
    let forum = t.forum("Docks", ada);
    t.add_bot(forum, ada).unwrap();
    t.make_bot_admin(forum, ada).unwrap();
    house.drain().await;
    let topic = t.topic(forum, ada, "Cranes").unwrap();
    let heard = house.next("message").await;
    assert_eq!((&heard["forum_topic_created"]["name"], &heard["message_id"]), (&json!("Cranes"), &json!(topic)));
    let said = t.post(simulators::telegram::Draft::text(forum, ada, "up").topic(topic)).unwrap();
    let heard = house.next("message").await;
    assert_eq!((&heard["message_thread_id"], &heard["is_topic_message"]), (&json!(topic), &json!(true)));
    assert_eq!(heard["reply_to_message"]["message_id"], topic, "what answers nothing answers the topic");
    let params =
        json!({"chat_id": forum, "text": "down", "message_thread_id": topic, "reply_parameters": {"message_id": said}});
    assert_eq!(house.done("sendMessage", params).await["message_thread_id"], topic);
    let general = json!({"chat_id": forum, "text": "x", "message_thread_id": 1});
    assert_eq!(house.refused("sendMessage", general).await, "Bad Request: message thread not found");
    let made = house.done("createForumTopic", json!({"chat_id": forum, "name": "Ropes"})).await;
    let params = json!({"chat_id": forum, "message_thread_id": made["message_thread_id"]});
    house.done("closeForumTopic", params.clone()).await;
    assert_eq!(house.refused("closeForumTopic", params).await, "Bad Request: TOPIC_NOT_MODIFIED");
}

#[tokio::test]
async fn channel_posts_appear_in_their_discussion_group() {
    let house = House::open().await;
    let (t, ada) = (&house.telegram, house.ada);
    let channel = t.channel("News", ada);
    t.add_bot(channel, ada).unwrap();
    t.link(channel, house.group).unwrap();
    house.drain().await;
    t.say(channel, ada, "a ship!").unwrap();
    let heard = house.drain().await;
    assert_eq!(heard[0]["channel_post"]["sender_chat"]["id"], channel);
    let copy = &heard[1]["message"];
    assert_eq!((&copy["is_automatic_forward"], &copy["from"]["id"]), (&json!(true), &json!(777_000)));
    assert_eq!((&copy["sender_chat"]["id"], &copy["forward_origin"]["type"]), (&json!(channel), &json!("channel")));
}

#[tokio::test]
async fn anonymous_administrators_speak_as_the_group() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    t.set_anonymous(group, ada, true, Some("Harbour master")).unwrap();
    t.say(group, ada, "order!").unwrap();
    let heard = house.next("message").await;
    assert_eq!((&heard["from"]["username"], &heard["sender_chat"]["id"]), (&json!("GroupAnonymousBot"), &json!(group)));
    assert_eq!(heard["author_signature"], "Harbour master");
}

#[tokio::test]
async fn members_come_and_go_and_the_bot_learns_its_own_place() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    let bob = t.person("Bob", None);
    t.join(group, bob).unwrap();
    assert_eq!(house.next("message").await["new_chat_members"][0]["id"], bob);
    let member = house.done("getChatMember", json!({"chat_id": group, "user_id": bob})).await;
    assert_eq!(member["status"], "member");
    house.done("banChatMember", json!({"chat_id": group, "user_id": bob})).await;
    assert_eq!(t.member(group, bob).status.name(), "kicked");
    let owner = house.refused("banChatMember", json!({"chat_id": group, "user_id": ada})).await;
    assert_eq!(owner, "Bad Request: can't remove chat owner");
    t.kick(group, t.bot(), ada).unwrap();
    let place = house.next("my_chat_member").await;
    assert_eq!(
        (&place["new_chat_member"]["status"], &place["old_chat_member"]["status"]),
        (&json!("kicked"), &json!("administrator"))
    );
    let refused = house.refused("sendMessage", json!({"chat_id": group, "text": "x"})).await;
    assert_eq!(refused, "Forbidden: bot was kicked from the supergroup chat");
}

#[tokio::test]
async fn pins_and_titles_leave_a_line() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    let id = t.say(group, ada, "read me").unwrap();
    t.pin(group, id, ada).unwrap();
    t.rename(group, "Haven", ada).unwrap();
    let heard = house.drain().await;
    assert_eq!(heard[1]["message"]["pinned_message"]["message_id"], id);
    assert_eq!(heard[2]["message"]["new_chat_title"], "Haven");
    house.done("setChatTitle", json!({"chat_id": group, "title": "Harbour"})).await;
    assert!(house.drain().await.is_empty(), "the bot does not hear itself");
    let chat = house.done("getChat", json!({ "chat_id": group })).await;
    assert_eq!((&chat["title"], &chat["pinned_message"]["message_id"]), (&json!("Harbour"), &json!(id)));
}
