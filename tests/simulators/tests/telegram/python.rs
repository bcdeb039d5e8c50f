//! Another client that was not written for the simulator: `python-telegram-bot`, where it is installed.

use std::process::Command;

use simulators::telegram::Media;

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stdout)]
async fn python_telegram_bot_talks_to_it() {
    let installed = Command::new("python3").args(["-c", "import telegram.ext"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: python-telegram-bot is not installed (pip install python-telegram-bot)");
        return;
    }
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    t.say(group, ada, "😀 hello from Ada").unwrap();
    t.upload(group, ada, Media::animated_sticker("👍"), "").unwrap();
    t.poll(group, ada, "Tea?", &["yes", "no"], |_| {}).unwrap();
    let run = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/telegram/talk.py"))
        .args([t.url(), &t.token(), &group.to_string()])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mine: Vec<_> = t.said(group).into_iter().filter(|line| line.by_bot).collect();
    let kinds: Vec<_> = mine.iter().map(|line| line.media.as_ref().map(|(kind, _)| *kind)).collect();
    assert_eq!(kinds, [None, Some("document"), Some("photo"), Some("photo"), None]);
    assert_eq!((mine[0].text.as_str(), mine[0].reply_to.is_some(), mine[0].edited), ("edited", true, true));
}
