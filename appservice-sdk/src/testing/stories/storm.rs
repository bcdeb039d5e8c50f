//! Everything at once: traffic both ways in several rooms, faults on both sides, and the bridge dying again and again.

use std::{sync::Arc, time::Duration};

use crate::testing::{
    Fault, PushFault, SendFault,
    world::{ALICE, BOT, World},
};

const CHATS: usize = 3;
const MESSAGES: usize = 60;
const DEATHS: u64 = 12;

/// A sequence that looks random and is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn faults(world: &World, dice: &mut Dice) {
    match dice.roll(8) {
        0 => world.home.fail([Fault::TimeoutAfterCommit]),
        1 => world.home.fail([Fault::TooManyRequests(30)]),
        2 => world.home.fail([Fault::BadGateway]),
        3 => world.home.fail_push([PushFault::SameEventsAgain]),
        4 => world.home.fail_push([PushFault::DuplicateTransaction, PushFault::ResetTransactionIds]),
        5 => world.net.fail([SendFault::Later(Duration::from_millis(20))]),
        6 => world.net.fail([SendFault::CutAfterSend]),
        _ => world.net.fail([SendFault::CutBeforeSend]),
    }
}

fn text(chat: usize, number: usize, way: &str) -> String {
    format!("{way} {chat}.{number}")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_out_of_order() {
    let mut world = World::new().await;
    let mut rooms = vec![world.room.clone()];
    for chat in 1..CHATS {
        let room = world.home.room(ALICE, &[BOT]);
        let name = format!("c{chat}").into();
        crate::portal::link::link(&world.running().core, &room, &name, false).await.unwrap();
        rooms.push(room);
    }
    let rooms = Arc::new(rooms);
    let chats: Vec<String> =
        (0..CHATS).map(|chat| if chat == 0 { "c".to_owned() } else { format!("c{chat}") }).collect();
    let (home, net, there, names) = (world.home.clone(), world.net.clone(), rooms.clone(), chats.clone());
    let talk = tokio::spawn(async move {
        for number in 0..MESSAGES {
            for chat in 0..CHATS {
                home.say(ALICE, &there[chat], &text(chat, number, "out"));
                net.says(&names[chat], "b", &text(chat, number, "in"));
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    let mut dice = Dice(7);
    for _ in 0..DEATHS {
        for _ in 0..4 {
            faults(&world, &mut dice);
            tokio::time::sleep(Duration::from_millis(10 + dice.roll(30))).await;
        }
        world.restart().await;
    }
    talk.await.unwrap();
    let expected = |chat: usize, way: &str| (0..MESSAGES).map(|number| text(chat, number, way)).collect::<Vec<_>>();
    let out = |chat: usize| {
        let messages = world.net.messages().into_iter().filter(|message| message.chat == chats[chat]);
        messages.map(|message| message.text).collect::<Vec<_>>()
    };
    let came = |chat: usize| {
        let said = world.home.said(&rooms[chat]).into_iter().filter(|(sender, _)| sender == "@net_b:test");
        said.map(|(_, body)| body).collect::<Vec<_>>()
    };
    let begun = std::time::Instant::now();
    while (0..CHATS).any(|chat| out(chat).len() < MESSAGES || came(chat).len() < MESSAGES) {
        assert!(begun.elapsed() < Duration::from_secs(60), "some never come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.settle().await;
    for chat in 0..CHATS {
        assert_eq!(out(chat), expected(chat, "out"));
        assert_eq!(came(chat), expected(chat, "in"));
    }
    assert!(world.notices().is_empty());
}
