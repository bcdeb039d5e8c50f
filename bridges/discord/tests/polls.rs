//! Polls, their votes and their end, both ways; pins.

use appservice_sdk::prelude::*;
use simulators::discord::{Fault, Plan};

use crate::harness::House;

fn votes(house: &House) -> Vec<Vec<String>> {
    let vote = |event: &Incoming| match &event.what {
        What::Vote { answers, .. } => Some(answers.clone()),
        _ => None,
    };
    house.store.state().events.iter().filter_map(vote).collect()
}

fn lunch() -> Part {
    let answers = ["soup", "salad"].map(|text| PollAnswer { id: format!("id-{text}"), text: text.to_owned() });
    Part::Poll(Poll { question: "Lunch?".to_owned(), answers: answers.into(), max_choices: 1, hidden: false })
}

#[tokio::test]
async fn a_poll_of_discord_arrives_with_its_votes_and_its_end() {
    let house = House::open().await;
    let poll = house.discord.poll(house.general, house.ada, "Tea?", &["yes", "no"], false).unwrap();
    let event = house.told(|event| matches!(event.what, What::Message { .. })).await;
    let What::Message { parts, .. } = event.what else { panic!() };
    let [Part::Poll(asked)] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!((asked.question.as_str(), asked.max_choices), ("Tea?", 1));
    assert_eq!(asked.answers.iter().map(|answer| answer.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    house.discord.vote(house.general, poll, house.ada, 1, true).unwrap();
    house.discord.vote(house.general, poll, house.ada, 2, true).unwrap();
    house.discord.vote(house.general, poll, house.ada, 2, false).unwrap();
    house.discord.end_poll(house.general, poll).unwrap();
    house.told(|event| matches!(event.what, What::PollEnd { .. })).await;
    // Discord takes the first answer back before it tells the second.
    let wanted: [&[&str]; 4] = [&["1"], &[], &["2"], &[]];
    assert_eq!(votes(&house), wanted);
    let ends = house.store.state().events.iter().filter(|event| matches!(event.what, What::PollEnd { .. })).count();
    assert_eq!(ends, 1, "the line below the poll is no second end");
    assert_eq!(house.store.heard().len(), 1, "and no message");
}

#[tokio::test]
async fn where_several_answers_are_allowed_all_that_somebody_holds_is_told() {
    let house = House::open().await;
    let poll = house.discord.poll(house.general, house.ada, "Which?", &["a", "b", "c"], true).unwrap();
    for answer in [1, 3] {
        house.discord.vote(house.general, poll, house.ada, answer, true).unwrap();
    }
    house.told(|event| matches!(&event.what, What::Vote { answers, .. } if *answers == ["1", "3"])).await;
    house.discord.vote(house.general, poll, house.ada, 1, false).unwrap();
    house.told(|event| matches!(&event.what, What::Vote { answers, .. } if *answers == ["3"])).await;
}

#[tokio::test]
async fn a_poll_of_matrix_is_one_on_discord_and_votes_name_its_own_answers() {
    let house = House::open().await;
    house.discord.inject(Plan::new(Fault::BadGatewayAfter, "POST /webhooks/{webhook}/{token}"));
    let sent = house.send(house.parts(vec![lunch()])).await.unwrap();
    let line = house.discord.transcript(house.general).remove(0);
    assert_eq!(house.discord.transcript(house.general).len(), 1, "a lost answer is looked for");
    assert_eq!(line.author, "Alice");
    let known = house.known(&sent[0]);
    house.store.state().origins.insert(known.id.to_string(), known.clone());
    house.discord.vote(house.general, line.id, house.ada, 2, true).unwrap();
    house.told(|event| matches!(&event.what, What::Vote { answers, .. } if *answers == ["id-salad"])).await;
    let state =
        PollState { target: known, counts: vec![("id-soup".to_owned(), 3), ("id-salad".to_owned(), 1)], ended: true };
    house.bridge().poll(&state).await.unwrap();
    house.bridge().poll(&state).await.unwrap();
    let lines: Vec<String> = house.discord.transcript(house.general).into_iter().map(|line| line.content).collect();
    assert_eq!(lines, ["", "The poll was closed in Matrix. Votes there: soup: 3 · salad: 1"]);
}

#[tokio::test]
async fn a_poll_too_large_for_discord_goes_as_a_text() {
    let house = House::open().await;
    let Part::Poll(mut poll) = lunch() else { panic!() };
    poll.answers[0].text = "x".repeat(56);
    house.send(house.parts(vec![Part::Poll(poll)])).await.unwrap();
    let line = house.discord.transcript(house.general).remove(0);
    assert!(line.content.starts_with("**Lunch?**") && line.content.contains("2. salad"), "{}", line.content);
}

#[tokio::test]
async fn pins_cross_both_ways() {
    let house = House::open().await;
    let first = house.discord.say(house.general, house.ada, "first").unwrap();
    let second = house.discord.say(house.general, house.ada, "second").unwrap();
    house.discord.pin(house.general, first, house.ada).unwrap();
    house.discord.pass(std::time::Duration::from_secs(1));
    house.discord.pin(house.general, second, house.ada).unwrap();
    let ids = |ids: &[MessageId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let both = [first.to_string(), second.to_string()];
    house.told(|event| matches!(&event.what, What::Pins { ids: told } if ids(told) == both)).await;
    house.bridge().pin(&house.theirs(first), false).await.unwrap();
    house.bridge().pin(&house.theirs(first), false).await.unwrap();
    house.told(|event| matches!(&event.what, What::Pins { ids: told } if ids(told) == both[1..])).await;
    let ours = house.says("pin me").await;
    house.bridge().pin(&ours, true).await.unwrap();
    assert!(house.discord.transcript(house.general).iter().any(|line| line.pinned && line.content == "pin me"));
    house.discord.deny_bot(house.general, simulators::discord::permission::PIN_MESSAGES).unwrap();
    let refused = house.bridge().pin(&ours, false).await.unwrap_err();
    assert!(refused.to_string().contains("Pin Messages"), "{refused}");
}
