use appservice_sdk::content::{CustomEmoji, Everyone, Id, Place, Role, Stamp};

use super::*;

#[test]
fn styles_begin_and_end_as_in_the_client() {
    let u = |text: &str| Inline::Underline(vec![t(text)]);
    let s = |text: &str| Inline::Strike(vec![t(text)]);
    let h = |text: &str| Inline::spoiler([t(text)]);
    let cases: Vec<(&str, Vec<Inline>)> = vec![
        ("plain", vec![t("plain")]),
        ("*a* _b_", vec![i("a"), t(" "), i("b")]),
        ("**a** __b__ ~~c~~ ||d||", vec![b("a"), t(" "), u("b"), t(" "), s("c"), t(" "), h("d")]),
        ("**a*b**", vec![b("a*b")]),
        ("**foo***", vec![b("foo*")]),
        ("**foo*", vec![t("*"), i("foo")]),
        ("*foo **bar** baz*", vec![Inline::italic([t("foo "), b("bar"), t(" baz")])]),
        ("*foo **bar***", vec![Inline::italic([t("foo "), b("bar")])]),
        ("**foo *bar***", vec![Inline::bold([t("foo "), i("bar")])]),
        ("***x***", vec![Inline::bold([i("x")])]),
        ("***x** y*", vec![Inline::italic([b("x"), t(" y")])]),
        ("***x* y**", vec![Inline::bold([i("x"), t(" y")])]),
        ("___x___", vec![Inline::Underline(vec![i("x")])]),
        ("***__foo__***", vec![Inline::bold([Inline::italic([u("foo")])])]),
        ("_**a** b_", vec![Inline::italic([b("a"), t(" b")])]),
        ("snake_case_word", vec![t("snake_case_word")]),
        ("_snake_case_", vec![t("_snake"), i("case")]),
        ("a_b_ c", vec![t("a"), i("b"), t(" c")]),
        ("2 * 3 * 4", vec![t("2 * 3 * 4")]),
        ("foo * a *bar", vec![t("foo * a *bar")]),
        ("*a *b*", vec![t("*a "), i("b")]),
        ("foo ** a ** bar", vec![t("foo "), b(" a "), t(" bar")]),
        ("**foo__bar**baz__", vec![b("foo__bar"), t("baz__")]),
        ("**", vec![t("**")]),
        ("***", vec![t("***")]),
        ("||", vec![t("||")]),
        ("||||", vec![t("||||")]),
        ("~~~~", vec![t("~~~~")]),
        ("__", vec![t("__")]),
        ("~5 |x| ~", vec![t("~5 |x| ~")]),
        ("||a|| b ||c||", vec![h("a"), t(" b "), h("c")]),
        ("~~a~~~~b~~", vec![s("ab")]),
        ("**a\nb**", vec![Inline::bold([t("a"), Inline::Break, t("b")])]),
        ("||**a** `b`||", vec![Inline::spoiler([b("a"), t(" "), Inline::code("b")])]),
        ("\\*a\\* \\_b\\_ \\\\ \\a", vec![t("*a* _b_ \\ \\a")]),
        ("**a\\** b**", vec![b("a** b")]),
        ("¯\\_(ツ)_/¯", vec![t("¯\\_(ツ)_/¯")]),
    ];
    for (markdown, expected) in cases {
        assert_eq!(read(markdown).blocks, [p(expected)], "{markdown}");
    }
}

#[test]
fn code_in_a_line_is_literal() {
    let c = |text: &str| Inline::code(text);
    let cases: Vec<(&str, Vec<Inline>)> = vec![
        ("`a *b* ||c||`", vec![c("a *b* ||c||")]),
        ("``a`b``", vec![c("a`b")]),
        ("`` `a` ``", vec![c("`a`")]),
        ("` a `", vec![c(" a ")]),
        ("`a", vec![t("`a")]),
        ("`a``", vec![t("`a``")]),
        ("\\`a` b`", vec![t("`a"), c(" b")]),
        ("`\\`a", vec![c("\\"), t("a")]),
        ("**`a`**", vec![Inline::bold([c("a")])]),
        ("`<@1> https://a.example/`", vec![c("<@1> https://a.example/")]),
        ("`a\n> b`", vec![c("a\n> b")]),
        ("```", vec![t("```")]),
        ("``````", vec![t("``````")]),
        ("```\n\n```", vec![t("```"), Inline::Break, Inline::Break, t("```")]),
    ];
    for (markdown, expected) in cases {
        assert_eq!(read(markdown).blocks, [p(expected)], "{markdown}");
    }
}

#[test]
fn code_blocks_stand_anywhere() {
    let cases: Vec<(&str, Vec<Block>)> = vec![
        ("```rust\nlet a = 1;\n\nlet b;\n```", vec![code(Some("rust"), "let a = 1;\n\nlet b;")]),
        ("```a```", vec![code(None, "a")]),
        ("```a b\nc```", vec![code(None, "a b\nc")]),
        ("```rust```", vec![code(None, "rust")]),
        ("```c++\n  x\n```", vec![code(Some("c++"), "  x")]),
        ("a ```b``` c", vec![p([t("a")]), code(None, "b"), p([t("c")])]),
        (
            "```\n> a\n# b\n- c\n**d**```\n> e",
            vec![code(None, "> a\n# b\n- c\n**d**"), Block::Quote(vec![p([t("e")])])],
        ),
        ("````foo````", vec![code(None, "`foo"), p([t("`")])]),
        ("\\```a```", vec![p([t("```a```")])]),
        ("```a\nb", vec![p([t("```a"), Inline::Break, t("b")])]),
        ("> ```js\n> a\n> b\n> ```", vec![Block::Quote(vec![code(Some("js"), "a\nb")])]),
        ("> ```foo\nbar```", vec![Block::Quote(vec![p([t("```foo")])]), p([t("bar```")])]),
        ("**a ```b``` c**", vec![p([t("**a")]), code(None, "b"), p([t("c**")])]),
    ];
    for (markdown, expected) in cases {
        assert_eq!(read(markdown).blocks, expected, "{markdown}");
    }
}

#[test]
fn quotes_headings_and_small_print_stand_in_lines() {
    let q = |blocks: Vec<Block>| Block::Quote(blocks);
    let h = |level, text: Vec<Inline>| Block::Heading { level, text };
    let small = |text: &str| Inline::Small(vec![t(text)]);
    let cases: Vec<(&str, Vec<Block>)> = vec![
        ("> foo\nbar", vec![q(vec![p([t("foo")])]), p([t("bar")])]),
        ("> foo\n> bar", vec![q(vec![p([t("foo"), Inline::Break, t("bar")])])]),
        ("> foo\n> \n> bar", vec![q(vec![p([t("foo"), Inline::Break, Inline::Break, t("bar")])])]),
        ("> foo\n\n> bar", vec![q(vec![p([t("foo")])]), q(vec![p([t("bar")])])]),
        (
            ">>> foo\nbar\n\nbaz",
            vec![q(vec![p([t("foo"), Inline::Break, t("bar"), Inline::Break, Inline::Break, t("baz")])])],
        ),
        (">foo", vec![p([t(">foo")])]),
        (">>foo", vec![p([t(">>foo")])]),
        ("foo > bar", vec![p([t("foo > bar")])]),
        ("> > foo", vec![q(vec![p([t("> foo")])])]),
        ("> # a\n> - b", vec![q(vec![h(1, vec![t("a")]), list(None, [vec![p([t("b")])]])])]),
        ("a\n> b", vec![p([t("a")]), q(vec![p([t("b")])])]),
        (
            "# a\n## b\n### **c**\n#### d",
            vec![h(1, vec![t("a")]), h(2, vec![t("b")]), h(3, vec![b("c")]), p([t("#### d")])],
        ),
        ("#a\n# # b\n#", vec![p([t("#a"), Inline::Break, t("# # b"), Inline::Break, t("#")])]),
        ("a # b", vec![p([t("a # b")])]),
        ("-# a", vec![p([small("a")])]),
        ("a\n-# b\nc", vec![p([t("a"), Inline::Break, small("b"), Inline::Break, t("c")])]),
        ("-# a\n-# b", vec![p([small("a"), Inline::Break, small("b")])]),
        ("-# a\n\n-# b", vec![p([small("a"), Inline::Break, Inline::Break, small("b")])]),
        ("-#a\n-# -# b", vec![p([t("-#a"), Inline::Break, t("-# -# b")])]),
        ("a\r\nb", vec![p([t("a"), Inline::Break, t("b")])]),
        ("\\# a\n\\> b\n\\- c", vec![p([t("# a"), Inline::Break, t("> b"), Inline::Break, t("- c")])]),
        ("a\n\n\nb", vec![p([t("a"), Inline::Break, Inline::Break, Inline::Break, t("b")])]),
        (" \n ", vec![]),
        ("** **", vec![]),
        ("a\\\n> b", vec![p([t("a\\")]), q(vec![p([t("b")])])]),
    ];
    for (markdown, expected) in cases {
        assert_eq!(read(markdown).blocks, expected, "{markdown}");
    }
}

#[test]
fn lists_nest_by_indentation() {
    let item = |text: &str| vec![p([t(text)])];
    let cases: Vec<(&str, Vec<Block>)> = vec![
        ("- a\n* b", vec![list(None, [item("a"), item("b")])]),
        ("1. a\n2. b", vec![list(Some(1), [item("a"), item("b")])]),
        ("7. a\n1. b", vec![list(Some(7), [item("a"), item("b")])]),
        ("- a\n1. b", vec![list(None, [item("a"), item("b")])]),
        ("-a", vec![p([t("-a")])]),
        ("- ", vec![p([t("-")])]),
        ("a - b", vec![p([t("a - b")])]),
        ("   -   a", vec![list(None, [item("a")])]),
        (
            "- a\n  - b\n  - c\n- d",
            vec![list(None, [vec![p([t("a")]), list(None, [item("b"), item("c")])], item("d")])],
        ),
        ("- a\n - b", vec![list(None, [vec![p([t("a")]), list(None, [item("b")])]])]),
        (
            "1. a\n   - b\n     - c",
            vec![list(Some(1), [vec![p([t("a")]), list(None, [vec![p([t("b")]), list(None, [item("c")])]])]])],
        ),
        ("- - a", vec![list(None, [vec![list(None, [item("a")])]])]),
        ("- a\n  b\nc", vec![list(None, [vec![p([t("a"), Inline::Break, t("b")])]]), p([t("c")])]),
        ("- a\n\n- b", vec![list(None, [item("a")]), list(None, [item("b")])]),
        ("- **a**: b\nx", vec![list(None, [vec![p([b("a"), t(": b")])]]), p([t("x")])]),
        ("- ```\n  a\n    b\n  ```", vec![list(None, [vec![code(None, "a\n  b")]])]),
        ("- > a", vec![list(None, [vec![Block::Quote(vec![p([t("a")])])]])]),
        ("- # a", vec![list(None, [vec![Block::Heading { level: 1, text: vec![t("a")] }]])]),
        (
            "2024. was\n99999999999999999999. x",
            vec![list(Some(2024), [item("was")]), p([t("99999999999999999999. x")])],
        ),
        ("**a** b", vec![p([b("a"), t(" b")])]),
    ];
    for (markdown, expected) in cases {
        assert_eq!(read(markdown).blocks, expected, "{markdown}");
    }
}

#[test]
fn addresses_and_links_are_read() {
    let url = |url: &str| Inline::url(url);
    let link = |url: &str, text: Vec<Inline>| Inline::link(url, text);
    let cases: Vec<(&str, Vec<Inline>)> = vec![
        ("https://a.example/x_y_z, b", vec![url("https://a.example/x_y_z"), t(", b")]),
        ("<https://a.example/*x*>", vec![url("https://a.example/*x*")]),
        ("**https://a.example/**", vec![Inline::bold([url("https://a.example/")])]),
        ("||https://a.example||", vec![Inline::spoiler([url("https://a.example")])]),
        ("_https://a.example/_", vec![Inline::italic([url("https://a.example/")])]),
        ("_a https://a.example/x_y_z", vec![t("_a "), url("https://a.example/x_y_z")]),
        ("[a **b**](https://a.example/)", vec![link("https://a.example/", vec![t("a "), b("b")])]),
        ("[a](<https://a.example/ä>) b", vec![link("https://a.example/ä", vec![t("a")]), t(" b")]),
        ("[a](https://a.example/x_(y) \"title\")", vec![link("https://a.example/x_(y)", vec![t("a")])]),
        ("[a [b] c](https://a.example/)", vec![link("https://a.example/", vec![t("a [b] c")])]),
        ("[[a](https://a.example/)", vec![t("["), link("https://a.example/", vec![t("a")])]),
        ("**[a](https://a.example/)**", vec![Inline::bold([link("https://a.example/", vec![t("a")])])]),
        ("[**a](https://a.example/) b**", vec![link("https://a.example/", vec![t("**a")]), t(" b**")]),
        (
            "[a](ftp://a.example) [b]( [c] \\[d](https://a.example/)",
            vec![t("[a](ftp://a.example) [b]( [c] [d]("), url("https://a.example/"), t(")")],
        ),
        (
            "[https://a.example](https://b.example)",
            vec![t("["), url("https://a.example"), t("]("), url("https://b.example"), t(")")],
        ),
        ("<http://> http:// <https://a b>", vec![t("<http://> http:// <"), url("https://a"), t(" b>")]),
    ];
    for (markdown, expected) in cases {
        assert_eq!(read(markdown).blocks, [p(expected)], "{markdown}");
    }
}

#[test]
fn mentions_emoji_and_moments_are_read() {
    let user = |id: &str, name: &str| Inline::mention(Id::Remote(id.into()), name);
    let place = |id: &str, message: Option<&str>, name: &str| {
        Inline::Place(Place {
            room: Id::Remote(id.into()),
            message: message.map(str::to_owned),
            via: vec![],
            name: name.into(),
        })
    };
    let emoji =
        |animated| Inline::Emoji(CustomEmoji { id: Some("5".into()), name: "cat_1".into(), mxc: None, animated });
    let cases: Vec<(&str, Vec<Inline>)> = vec![
        ("<@1> <@!1> <@7>", vec![user("1", "Ann"), t(" "), user("1", "Ann"), t(" "), user("7", "unknown-user")]),
        ("<#2><#7>", vec![place("2", None, "general"), place("7", None, "unknown")]),
        ("<@&3>", vec![Inline::Role(Role { id: "3".into(), name: "Mods".into(), colour: Some(0xff) })]),
        ("<@&7>", vec![Inline::Role(Role { id: "7".into(), name: "unknown-role".into(), colour: None })]),
        ("<:cat_1:5><a:cat_1:5>", vec![emoji(false), emoji(true)]),
        (
            "<t:1618953630> <t:-1:R>",
            vec![
                Inline::Timestamp(Stamp { unix: 1_618_953_630, style: 'f' }),
                t(" "),
                Inline::Timestamp(Stamp { unix: -1, style: 'R' }),
            ],
        ),
        ("</ban user:5> <id:browse>", vec![t("/ban user Browse Channels")]),
        ("@everyone @here", vec![Inline::Everyone(Everyone::Everyone), t(" "), Inline::Everyone(Everyone::Here)]),
        ("https://discord.com/channels/9/2/77", vec![place("2", Some("77"), "general")]),
        ("<https://ptb.discord.com/channels/9/2>", vec![place("2", None, "general")]),
        ("https://discord.com/channels/9/4/77", vec![Inline::url("https://discord.com/channels/9/4/77")]),
        (
            "<@0> <@x> <@1 <@-1> <@+1> <:a:> <:a b:1> <t:x> <t:1:ff> < <> <3",
            vec![t("<@0> <@x> <@1 <@-1> <@+1> <:a:> <:a b:1> <t:x> <t:1:ff> < <> <3")],
        ),
        ("😀 :smile:", vec![t("😀 :smile:")]),
    ];
    for (markdown, expected) in cases {
        assert_eq!(read(markdown).blocks, [p(expected)], "{markdown}");
    }
}

#[test]
fn a_call_that_calls_nobody_is_text() {
    assert_eq!(crate::convert::read("@everyone", &Known { calls: false }), Doc::text("@everyone"));
}
