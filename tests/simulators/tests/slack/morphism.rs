//! The contract: slack-morphism's own client and its Socket Mode listener, which know nothing of this simulator, are
//! content with it.

use std::sync::Arc;

use hyper_util::client::legacy::connect::HttpConnector;
use simulators::slack::{Fault, Goodbye, Plan};
use slack_morphism::prelude::*;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::wire::{House, SOON, house};

type Connector = SlackClientHyperConnector<HttpConnector>;

fn client(house: &House) -> Arc<SlackClient<Connector>> {
    let connector = SlackClientHyperConnector::with_connector(HttpConnector::new());
    Arc::new(SlackClient::new(connector.with_slack_api_url(&house.slack.api_url())))
}

fn token(text: &str) -> SlackApiToken {
    SlackApiToken::new(text.into())
}

async fn on_push(
    event: SlackPushEventCallback,
    _: Arc<SlackClient<Connector>>,
    state: SlackClientEventsUserState,
) -> UserCallbackResult<()> {
    let guard = state.read().await;
    let out = guard.get_user_state::<UnboundedSender<SlackEventCallbackBody>>().unwrap();
    let _ = out.send(event.event);
    Ok(())
}

async fn on_command(
    command: SlackCommandEvent,
    _: Arc<SlackClient<Connector>>,
    _: SlackClientEventsUserState,
) -> UserCallbackResult<SlackCommandEventResponse> {
    let text = format!("{} {}", command.command.0, command.text.unwrap_or_default());
    Ok(SlackCommandEventResponse::new(SlackMessageContent::new().with_text(text)))
}

async fn on_press(
    event: SlackInteractionEvent,
    client: Arc<SlackClient<Connector>>,
    _: SlackClientEventsUserState,
) -> UserCallbackResult<()> {
    let SlackInteractionEvent::BlockActions(pressed) = event else { return Ok(()) };
    let answer = SlackApiPostWebhookMessageRequest::new(SlackMessageContent::new().with_text("pressed".to_owned()));
    client.respond_to_event(&pressed.response_url.unwrap(), &answer).await?;
    Ok(())
}

/// Starts the listener; events come in order.
async fn listen(house: &House) -> UnboundedReceiver<SlackEventCallbackBody> {
    let (out, events) = unbounded_channel();
    let config = SlackClientSocketModeConfig::new()
        .with_max_connections_count(1)
        .with_initial_backoff_in_seconds(0)
        .with_reconnect_timeout_in_seconds(1);
    let callbacks = SlackSocketModeListenerCallbacks::new()
        .with_push_events(on_push)
        .with_command_events(on_command)
        .with_interaction_events(on_press);
    let environment = SlackClientEventsListenerEnvironment::new(client(house)).with_user_state(out);
    let listener = SlackClientSocketModeListener::new(&config, Arc::new(environment), callbacks);
    let token = token(house.slack.app_token());
    tokio::spawn(async move {
        listener.listen_for(&token).await.unwrap();
        listener.start().await;
        std::future::pending::<()>().await;
    });
    house.slack.wait_for(SOON, |s| s.sockets().0 == 1).await.unwrap();
    events
}

async fn next(events: &mut UnboundedReceiver<SlackEventCallbackBody>) -> SlackEventCallbackBody {
    tokio::time::timeout(SOON, events.recv()).await.expect("an event comes").unwrap()
}

async fn next_message(events: &mut UnboundedReceiver<SlackEventCallbackBody>) -> SlackMessageEvent {
    loop {
        match next(events).await {
            SlackEventCallbackBody::Message(message) => return message,
            SlackEventCallbackBody::Unknown(value) => {
                let known = ["pin_added", "pin_removed", "channel_left", "team_rename"];
                assert!(known.iter().any(|kind| value["type"] == *kind), "not understood: {value}");
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_library_understands_every_answer_of_the_web_api() {
    let house = house().await;
    let (client, token) = (client(&house), token(house.slack.token()));
    let session = client.open_session(&token);
    let news = SlackChannelId::new(house.news.clone());
    let me = session.auth_test().await.unwrap();
    assert_eq!((me.user_id.0, me.bot_id.unwrap().0), (house.slack.bot_user(), house.slack.bot()));
    session.team_info(&SlackApiTeamInfoRequest::new()).await.unwrap();
    session.emoji_list().await.unwrap();
    let people = session.users_list(&SlackApiUsersListRequest::new()).await.unwrap();
    assert_eq!(people.members.len(), 3);
    let ada = SlackUserId::new(house.ada.clone());
    let shown = session.users_info(&SlackApiUsersInfoRequest::new(ada.clone())).await.unwrap();
    assert_eq!(shown.user.name.as_deref(), Some("ada"));
    house.slack.user_group("crew", &[&house.ada]);
    let groups = session.usergroups_list(&SlackApiUserGroupsListRequest::new().with_include_users(true)).await.unwrap();
    assert_eq!(groups.usergroups[0].handle, "crew");
    let all = session.conversations_list(&SlackApiConversationsListRequest::new()).await.unwrap();
    assert_eq!(all.channels.len(), 2);
    let made = session.conversations_create(&SlackApiConversationsCreateRequest::new("made".into())).await.unwrap();
    let invite = SlackApiConversationsInviteRequest::new(made.channel.id.clone(), vec![ada.clone()]);
    session.conversations_invite(&invite).await.unwrap();
    let topic = SlackApiConversationsSetTopicRequest::new(made.channel.id.clone(), "why".into());
    session.conversations_set_topic(&topic).await.unwrap();
    let rename = SlackApiConversationsRenameRequest::new(made.channel.id.clone(), "remade".into());
    session.conversations_rename(&rename).await.unwrap();
    session.conversations_kick(&SlackApiConversationsKickRequest::new(made.channel.id.clone(), ada)).await.unwrap();
    session.conversations_archive(&SlackApiConversationsArchiveRequest::new(made.channel.id)).await.unwrap();
    let content = SlackMessageContent::new().with_text("hello".into());
    let posted = session.chat_post_message(&SlackApiChatPostMessageRequest::new(news.clone(), content)).await.unwrap();
    let content = SlackMessageContent::new().with_text("changed".into());
    let update = SlackApiChatUpdateRequest::new(news.clone(), content, posted.ts.clone());
    session.chat_update(&update).await.unwrap();
    let thumb = SlackReactionName::new("+1".into());
    let react = SlackApiReactionsAddRequest::new(news.clone(), thumb, posted.ts.clone());
    session.reactions_add(&react).await.unwrap();
    let error = session.reactions_add(&react).await.unwrap_err();
    assert!(matches!(error, errors::SlackClientError::ApiError(error) if error.code == "already_reacted"));
    session.pins_add(&SlackApiPinsAddRequest::new(news.clone(), posted.ts.clone())).await.unwrap();
    let pins = session.pins_list(&SlackApiPinsListRequest::new(news.clone())).await.unwrap();
    assert_eq!(pins.items.len(), 1);
    let history = SlackApiConversationsHistoryRequest::new().with_channel(news.clone());
    let history = session.conversations_history(&history).await.unwrap();
    let changed = history.messages.iter().find(|message| message.origin.ts == posted.ts).unwrap();
    assert_eq!(changed.content.text.as_deref(), Some("changed"));
    assert!(changed.edited.is_some());
    session.chat_delete(&SlackApiChatDeleteRequest::new(news, posted.ts)).await.unwrap();
}

#[tokio::test]
async fn the_library_uploads_a_file_and_hears_of_it() {
    let house = house().await;
    let mut events = listen(&house).await;
    let (client, token) = (client(&house), token(house.slack.token()));
    let session = client.open_session(&token);
    let ask = SlackApiFilesGetUploadUrlExternalRequest::new("cat.png".into(), 3);
    let place = session.get_upload_url_external(&ask).await.unwrap();
    let up = SlackApiFilesUploadViaUrlRequest::new(place.upload_url, b"cat".to_vec(), "image/png".into());
    session.files_upload_via_url(&up).await.unwrap();
    let done = SlackApiFilesCompleteUploadExternalRequest::new(vec![SlackApiFilesComplete::new(place.file_id.clone())])
        .with_channel_id(SlackChannelId::new(house.news.clone()));
    session.files_complete_upload_external(&done).await.unwrap();
    let shared = next_message(&mut events).await;
    assert_eq!(shared.subtype, Some(SlackMessageEventType::FileShare));
    assert_eq!(shared.content.unwrap().files.unwrap()[0].id, place.file_id);
    assert_eq!(house.slack.stored_file(&place.file_id.0).unwrap().bytes.unwrap(), "cat");
}

#[tokio::test]
async fn the_library_understands_what_people_do() {
    let house = house().await;
    let mut events = listen(&house).await;
    let (slack, news, ada) = (&house.slack, house.news.as_str(), house.ada.as_str());
    let root =
        slack.say(news, ada, "*bold* _it_ ~no~ `c` :wave: <!here> https://example.org\n> q\n• one\n1. a").unwrap();
    let said = next_message(&mut events).await;
    let content = said.content.unwrap();
    assert_eq!(said.origin.ts.0, root);
    assert!(matches!(&content.blocks.unwrap()[0], SlackBlock::RichText(_)));
    slack.broadcast(news, ada, &root, "all").unwrap();
    assert_eq!(next_message(&mut events).await.subtype, Some(SlackMessageEventType::ThreadBroadcast));
    slack.edit(news, ada, &root, "edited").unwrap();
    let edited = next_message(&mut events).await;
    assert_eq!(edited.message.unwrap().content.unwrap().text.as_deref(), Some("edited"));
    slack.react(news, ada, &root, "tada").unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::ReactionAdded(_)));
    slack.unreact(news, ada, &root, "tada").unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::ReactionRemoved(_)));
    slack.delete(news, &root).unwrap();
    assert_eq!(next_message(&mut events).await.subtype, Some(SlackMessageEventType::MessageChanged));
    let bob = slack.person("bob").unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::TeamJoin(_)));
    slack.join(news, &bob).unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::MemberJoinedChannel(_)));
    next_message(&mut events).await;
    slack.change_user(&bob, |bob| bob.avatar = Some("abc".into())).unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::UserChange(_)));
    slack.leave(news, &bob).unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::MemberLeftChannel(_)));
    next_message(&mut events).await;
    let other = slack.channel_without_bot("other", simulators::slack::model::Kind::Public).unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::ChannelCreated(_)));
    slack.rename(&other, "another").unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::ChannelRename(_)));
    slack.archive(&other).unwrap();
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::ChannelArchive(_)));
    slack.emoji("party", None);
    assert!(matches!(next(&mut events).await, SlackEventCallbackBody::EmojiChanged(_)));
    slack.wait_for(SOON, |s| s.unacknowledged() == 0).await.unwrap();
    assert_eq!(slack.told().again, 0, "everything was acknowledged in time");
}

#[tokio::test]
async fn the_library_answers_commands_and_buttons() {
    let house = house().await;
    let _events = listen(&house).await;
    house.slack.command(&house.news, &house.ada, "/matrix", "who").unwrap();
    house.slack.wait_for(SOON, |s| s.whispers().iter().any(|w| w.text == "/matrix who")).await.unwrap();
    let blocks = serde_json::json!([{ "type": "actions", "elements": [
        { "type": "button", "action_id": "go", "text": { "type": "plain_text", "text": "Go" } } ] }]);
    let post = serde_json::json!({ "channel": house.news, "text": "x", "blocks": blocks });
    let ts = house.done("chat.postMessage", post).await["ts"].as_str().unwrap().to_owned();
    house.slack.press(&house.news, &house.ada, &ts, "go").unwrap();
    house.slack.wait_for(SOON, |s| s.whispers().iter().any(|w| w.text == "pressed")).await.unwrap();
}

#[tokio::test]
async fn the_library_comes_back_after_every_goodbye() {
    let house = house().await;
    let mut events = listen(&house).await;
    for (n, how) in [Goodbye::Refresh, Goodbye::Cut, Goodbye::Warning].into_iter().enumerate() {
        let opened = house.slack.sockets().1;
        house.slack.disconnect(how);
        house.slack.wait_for(SOON, |s| s.sockets() == (1, opened + 1)).await.unwrap();
        house.slack.say(&house.news, &house.ada, &n.to_string()).unwrap();
        assert_eq!(next_message(&mut events).await.content.unwrap().text, Some(n.to_string()));
    }
    house.slack.inject(Plan::new(Fault::Drop, "message.channels"));
    let opened = house.slack.sockets().1;
    house.slack.say(&house.news, &house.ada, "last words").unwrap();
    house.slack.wait_for(SOON, |s| s.sockets().1 > opened).await.unwrap();
}
