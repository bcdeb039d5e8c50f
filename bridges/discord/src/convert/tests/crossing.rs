//! The whole way: what one side's people write is what the other side's people see.

use super::*;

#[test]
fn from_discord_to_matrix() {
    // Markdown, then the body, then the HTML if it takes any.
    let cases = [
        ("hello", "hello", None),
        ("a\nb", "a\nb", None),
        ("https://a.example/a_b_c", "https://a.example/a_b_c", None),
        ("😀😀", "😀😀", None),
        ("snake_case_word 2*3*4", "snake_case_word 234", Some("snake_case_word 2<em>3</em>4")),
        ("**a*b** ***x***", "a*b x", Some("<strong>a*b</strong> <strong><em>x</em></strong>")),
        ("`||a||` ||`b`||", "||a|| [Spoiler]", Some("<code>||a||</code> <span data-mx-spoiler><code>b</code></span>")),
        (
            "<script>alert(1)</script> & **b**",
            "<script>alert(1)</script> & b",
            Some("&lt;script&gt;alert(1)&lt;/script&gt; &amp; <strong>b</strong>"),
        ),
        ("> q1\n> q2\nanswer", "> q1\n> q2\nanswer", Some("<blockquote>q1<br>q2</blockquote><p>answer</p>")),
        (
            "# Title\ntext\n- a\n  - b\n- c",
            "Title\ntext\n- a\n  - b\n- c",
            Some("<h1>Title</h1><p>text</p><ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ),
        (
            "```js\nlet a = \"<b>\";\n```",
            "let a = \"<b>\";",
            Some("<pre><code class=\"language-js\">let a = &quot;&lt;b&gt;&quot;;\n</code></pre>"),
        ),
        ("a\n-# b", "a\nb", Some("a<br><sub>b</sub>")),
        (
            "[words](https://a.example/?a=1&b=2)",
            "words (https://a.example/?a=1&b=2)",
            Some("<a href=\"https://a.example/?a=1&amp;b=2\">words</a>"),
        ),
        ("<@&3> <@7>", "@Mods @unknown-user", Some("<span data-mx-color=\"#0000ff\">@Mods</span> @unknown-user")),
        ("<t:0:d> </ban:5>", "1970-01-01 /ban", None),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))", None),
    ];
    for (markdown, body, html) in cases {
        let text = read(markdown).to_matrix();
        assert_eq!((text.body.as_str(), text.formatted_body.as_deref()), (body, html), "{markdown}");
    }
}

#[test]
fn from_matrix_to_discord() {
    let cases = [
        ("<strong>a</strong> <em>b</em> <u>c</u> <del>d</del>", "**a** *b* __c__ ~~d~~"),
        ("<p>one</p>\n<p>two</p>\n", "one\n\ntwo"),
        ("a_b*c* `d`", "a\\_b\\*c\\* \\`d\\`"),
        ("<a href=\"https://a.example/a_b\">https://a.example/a_b</a>", "https://a.example/a_b"),
        ("<a href=\"https://a.example/a_b\">words</a>", "[words](https://a.example/a_b)"),
        ("<a href=\"https://matrix.to/#/@bob:a.example\">Bob</a>: hi", "@Bob: hi"),
        ("<span data-mx-spoiler=\"film\">he dies</span>", "(film) ||he dies||"),
        ("<span data-mx-maths=\"\\sqrt{2}\"><code>√2</code></span>", "`\\sqrt{2}`"),
        ("<h1>a</h1>\n<h4>b</h4>", "# a\n**b**"),
        ("<ol>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ol>\n<p>d</p>", "1. a\n2. b\n   - c\nd"),
        ("<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\nc", "> a\n> \n> b\nc"),
        ("<pre><code class=\"language-py\">a_b = 1\n</code></pre>", "```py\na_b = 1\n```"),
        ("<table><tr><th>a</th></tr><tr><td>b</td></tr></table>", "```\na\nb\n```"),
        ("<details><summary>more</summary>text</details>", "**more**\n> text"),
        ("<mx-reply><blockquote>old</blockquote></mx-reply>new", "new"),
        ("<b> spaced </b>text", "**spaced** text"),
        ("@everyone <code>@everyone</code>", "@\u{200b}everyone `@everyone`"),
        ("1. not a list<br>- nor this<br># nor that", "1\\. not a list\n\\- nor this\n\\# nor that"),
        ("H<sub>2</sub>O x<sup>2</sup>", "H2O x2"),
        ("<p>a</p><p><sub>small print</sub></p>", "a\n\n-# small print"),
        ("<img src=\"mxc://a/b\" alt=\"a cat\">", "a cat"),
    ];
    for (html, markdown) in cases {
        assert_eq!(write(&Doc::from_html(html)), markdown, "{html}");
    }
}
