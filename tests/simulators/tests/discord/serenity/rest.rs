//! serenity's REST client, and what its gateway client hears of what it does.

use serenity::all::{
    CreateAllowedMentions, CreateAttachment, CreateMessage, CreateThread, EditMessage, Event, ExecuteWebhook,
    GatewayIntents, GetMessages, GuildId, MessageId, Nonce, ReactionType, UserId,
};
use simulators::discord::{Fault, Limits, Plan, Snowflake};

use super::{channel, house, listen, next, next_message};

#[tokio::test]
async fn a_message_is_sent_edited_reacted_to_pinned_and_deleted() {
    let house = house(Limits::off()).await;
    let (http, general) = (&house.http, channel(house.general));
    let question = house.discord.say(house.general, house.ada, "question").unwrap();
    let answer = CreateMessage::new()
        .content("answer <@1> @everyone")
        .nonce(Nonce::String("n1".to_owned()))
        .enforce_nonce(true)
        .allowed_mentions(CreateAllowedMentions::new())
        .reference_message((general, MessageId::new(question.0)));
    let sent = general.send_message(http, answer.clone()).await.unwrap();
    let again = general.send_message(http, answer).await.unwrap();
    assert_eq!(sent.id, again.id, "an enforced nonce is remembered");
    assert!(matches!(sent.nonce, Some(Nonce::String(nonce)) if nonce == "n1"));
    assert_eq!(sent.referenced_message.as_ref().unwrap().content, "question");
    let line = house.discord.transcript(house.general).pop().unwrap();
    assert!(!line.pings.everyone && line.reply_to == Some(question));

    let edited = general.edit_message(http, sent.id, EditMessage::new().content("better")).await.unwrap();
    assert!(edited.edited_timestamp.is_some());
    let thumb = ReactionType::Unicode("👍".to_owned());
    http.create_reaction(general, sent.id, &thumb).await.unwrap();
    assert_eq!(http.get_reaction_users(general, sent.id, &thumb, 10, None).await.unwrap().len(), 1);
    http.delete_reaction_me(general, sent.id, &thumb).await.unwrap();
    http.pin_message(general, sent.id, None).await.unwrap();
    assert_eq!(http.get_pins(general).await.unwrap().len(), 1);
    http.delete_message(general, sent.id, None).await.unwrap();
    let error = http.get_message(general, sent.id).await.unwrap_err();
    assert!(error.to_string().contains("Unknown Message"), "{error}");
}

#[tokio::test]
async fn history_is_paged_newest_first() {
    let house = house(Limits::off()).await;
    let ids: Vec<Snowflake> =
        (0..10).map(|n| house.discord.say(house.general, house.ada, &n.to_string()).unwrap()).collect();
    let general = channel(house.general);
    let http = &house.http;
    let page = |query: GetMessages| async move {
        let found = general.messages(http, query).await.unwrap();
        found.into_iter().map(|m| m.content).collect::<String>()
    };
    let id = |n: usize| MessageId::new(ids[n].0);
    assert_eq!(page(GetMessages::new().limit(3)).await, "987");
    assert_eq!(page(GetMessages::new().before(id(5)).limit(2)).await, "43");
    assert_eq!(page(GetMessages::new().after(id(5)).limit(2)).await, "76");
    assert_eq!(page(GetMessages::new().around(id(5)).limit(4)).await, "7654");
}

#[tokio::test]
async fn a_webhook_speaks_under_any_name_and_edits_what_it_said() {
    let house = house(Limits::off()).await;
    let mut events = listen(&house, GatewayIntents::all()).await;
    let general = channel(house.general);
    let made = house.http.create_webhook(general, &serde_json::json!({ "name": "bridge" }), None).await.unwrap();
    let token = house.discord.webhooks(house.general)[0].token.clone();
    let hook = house.http.get_webhook_with_token(made.id, &token).await.unwrap();
    let file = CreateAttachment::bytes(b"bytes".to_vec(), "note.txt");
    let builder =
        ExecuteWebhook::new().content("hello").username("Bob").avatar_url("https://example.org/b.png").add_file(file);
    let sent = hook.execute(&house.http, true, builder).await.unwrap().unwrap();
    assert_eq!((sent.author.name.as_str(), sent.webhook_id), ("Bob", Some(hook.id)));
    let bytes = reqwest::get(&sent.attachments[0].url).await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"bytes");
    assert_eq!(next_message(&mut events).await.webhook_id, Some(hook.id));
}

#[tokio::test]
async fn the_sixth_execution_in_a_moment_is_429() {
    let house = house(Limits::real()).await;
    let hook = house.discord.make_webhook(house.general, house.ada, "bridge").unwrap();
    let url = format!("{}/api/v10/webhooks/{}/{}?&wait=true", house.discord.url(), hook.id, hook.token);
    let client = reqwest::Client::new();
    for n in 0..5 {
        let answer = client.post(&url).json(&serde_json::json!({ "content": n.to_string() })).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-ratelimit-remaining"], (4 - n).to_string().as_str());
    }
    let answer = client.post(&url).json(&serde_json::json!({ "content": "5" })).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["x-ratelimit-scope"], "user");
    assert!(answer.headers().contains_key("retry-after"));
    let body: serde_json::Value = answer.json().await.unwrap();
    assert!(body["retry_after"].as_f64().is_some_and(|wait| wait > 0.0 && wait <= 2.0), "{body}");
    assert_eq!(house.discord.transcript(house.general).len(), 5);
}

#[tokio::test]
async fn a_thread_is_opened_on_a_message() {
    let house = house(Limits::off()).await;
    let mut events = listen(&house, GatewayIntents::all()).await;
    let message = house.discord.say(house.general, house.ada, "start").unwrap();
    let builder = CreateThread::new("side talk");
    let thread = channel(house.general)
        .create_thread_from_message(&house.http, MessageId::new(message.0), builder)
        .await
        .unwrap();
    assert_eq!(thread.id.get(), message.0);
    let mut names = vec![];
    while names.last() != Some(&"starter") {
        names.push(
            next(&mut events, |event| match event {
                Event::MessageUpdate(update) if update.flags.flatten().is_some() => Some("update"),
                Event::ThreadCreate(_) => Some("thread"),
                Event::MessageCreate(created) if created.message.channel_id == thread.id => Some("starter"),
                _ => None,
            })
            .await,
        );
    }
    names.sort_unstable();
    assert_eq!(names, ["starter", "thread", "update"]);
}

#[tokio::test]
async fn an_answer_lost_after_storing_leaves_the_message() {
    let house = house(Limits::off()).await;
    let general = channel(house.general);
    let route = "POST /channels/{channel}/messages";
    house.discord.inject(Plan::new(Fault::CutAfter, route));
    house.discord.inject(Plan::new(Fault::BadGatewayAfter, route).after(1));
    assert!(general.say(&house.http, "cut").await.is_err());
    assert!(general.say(&house.http, "fine").await.is_ok());
    let error = general.say(&house.http, "502").await.unwrap_err();
    assert!(error.to_string().contains("502") || format!("{error:?}").contains("502"), "{error:?}");
    let said: Vec<String> = house.discord.transcript(house.general).into_iter().map(|line| line.content).collect();
    assert_eq!(said, ["cut", "fine", "502"]);
    let statuses: Vec<u16> = house.discord.calls_to(route).iter().map(|call| call.status).collect();
    assert_eq!(statuses, [0, 200, 502]);
}

#[tokio::test]
async fn people_and_places_are_read() {
    let house = house(Limits::off()).await;
    let (http, guild) = (&house.http, GuildId::new(house.guild.0));
    assert_eq!(http.get_current_user().await.unwrap().name, "Causeway");
    assert_eq!(http.get_current_application_info().await.unwrap().id.get(), house.discord.bot().0);
    assert_eq!(http.get_channels(guild).await.unwrap().len(), 1);
    assert_eq!(http.get_guild_members(guild, Some(100), None).await.unwrap().len(), 3);
    assert_eq!(http.get_member(guild, UserId::new(house.ada.0)).await.unwrap().user.name, "ada");
    assert_eq!(http.get_guild_roles(guild).await.unwrap().len(), 2);
    assert_eq!(http.get_guild_active_threads(guild).await.unwrap().threads.len(), 0);
    assert_eq!(http.search_guild_members(guild, "ad", Some(5)).await.unwrap().len(), 1);
    assert!(http.get_bot_gateway().await.unwrap().url.starts_with("ws://"));
    assert_eq!(http.get_guild(guild).await.unwrap().name, "Harbour");
}
