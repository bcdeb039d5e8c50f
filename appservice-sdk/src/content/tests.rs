//! Any text at all, for the tests of readers, writers and cutters.

use proptest::prelude::*;

use super::{Block, CustomEmoji, Doc, Everyone, Id, Inline, Mention, Place, Role, Stamp};

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9 .,_*~|`<>&\"#:/@\\[\\]()\\\\-]{0,24}",
        1 => "\\PC{0,12}",
    ]
}

fn atom() -> impl Strategy<Value = Inline> {
    prop_oneof![
        8 => words().prop_map(Inline::Text),
        1 => words().prop_map(Inline::Code),
        2 => Just(Inline::Break),
        1 => "[a-z]{1,8}".prop_map(|path| Inline::url(format!("https://a.example/{path}"))),
        1 => ("@[a-z]{1,8}:a.example", "[A-Za-z ]{1,12}").prop_map(|(id, name)| Inline::mention(Id::Matrix(id), name)),
        1 => ("[0-9]{1,8}", words()).prop_map(|(id, name)| Inline::Mention(Mention { user: Id::Remote(id), name })),
        1 => ("[0-9]{1,8}", words()).prop_map(|(id, name)| Inline::Role(Role { id, name, colour: Some(0xff) })),
        1 => "[0-9]{1,8}".prop_map(|id| Inline::Place(Place { room: Id::Remote(id), message: None, via: vec![], name: "general".into() })),
        1 => "[a-z_]{2,8}".prop_map(|name| Inline::Emoji(CustomEmoji { id: Some("1".into()), name, mxc: None, animated: false })),
        1 => any::<i32>().prop_map(|unix| Inline::Timestamp(Stamp { unix: unix.into(), style: 'f' })),
        1 => Just(Inline::Everyone(Everyone::Everyone)),
    ]
}

fn running() -> impl Strategy<Value = Vec<Inline>> {
    let styled = atom().prop_recursive(4, 24, 4, |inner| {
        let text = prop::collection::vec(inner, 0..4);
        prop_oneof![
            text.clone().prop_map(Inline::Bold),
            text.clone().prop_map(Inline::Italic),
            text.clone().prop_map(Inline::Strike),
            text.clone().prop_map(Inline::Underline),
            text.clone().prop_map(Inline::Small),
            text.clone().prop_map(Inline::spoiler),
            text.prop_map(|text| Inline::link("https://b.example/", text)),
        ]
    });
    prop::collection::vec(styled, 0..6)
}

/// Any text at all.
pub(crate) fn docs() -> impl Strategy<Value = Doc> {
    let block = prop_oneof![
        4 => running().prop_map(Block::Paragraph),
        1 => (1_u8..7, running()).prop_map(|(level, text)| Block::Heading { level, text }),
        1 => (prop::option::of("[a-z]{1,6}"), "[a-z`\n ]{0,40}").prop_map(|(language, text)| Block::Code { language, text }),
        1 => Just(Block::Rule),
        1 => prop::collection::vec(prop::collection::vec(running(), 0..3), 0..3).prop_map(|rows| Block::Table { head: vec![], rows }),
    ];
    let nested = block.prop_recursive(3, 12, 3, |inner| {
        let blocks = prop::collection::vec(inner, 0..3);
        prop_oneof![
            blocks.clone().prop_map(Block::Quote),
            (prop::option::of(0_u64..200), prop::collection::vec(blocks.clone(), 0..3))
                .prop_map(|(start, items)| Block::List { start, items }),
            (running(), blocks).prop_map(|(summary, body)| Block::Details { summary, body }),
        ]
    });
    prop::collection::vec(nested, 0..5).prop_map(|blocks| Doc { blocks })
}
