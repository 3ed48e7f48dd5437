use super::{
    text::{Piece, Value},
    *,
};

fn page(markdown: &str) -> Text {
    in_language(markdown, "en")
}

fn in_language(markdown: &str, language: &str) -> Text {
    read(markdown, 0, Manner { kind: Kind::Page, language, title: Some("Title") })
}

fn faq(markdown: &str) -> Text {
    read(markdown, 0, Manner { kind: Kind::Questions, language: "en", title: Some("Title") })
}

/// What is said of a text, each with what it is said of.
fn said(markdown: &str) -> Vec<(String, String)> {
    let text = page(markdown);
    text.problems.iter().map(|problem| (problem.message.clone(), markdown[problem.span.clone()].to_owned())).collect()
}

/// The words of a text as they are shown.
fn words(markdown: &str, language: &str) -> String {
    let text = in_language(markdown, language);
    assert_eq!(text.problems, [], "{markdown}");
    let word = |piece: &Piece| match piece {
        Piece::Event(pulldown_cmark::Event::Text(text) | pulldown_cmark::Event::Code(text)) => text.to_string(),
        Piece::Event(pulldown_cmark::Event::SoftBreak) => " ".to_owned(),
        Piece::Picture { alt, .. } => alt.clone(),
        _ => String::new(),
    };
    text.parts[0].pieces.iter().map(word).collect()
}

#[test]
fn a_heading_keeps_its_id_and_attributes_and_others_get_one_of_their_words() {
    let markdown = "## How do I *renew*? {#renew when=expired,expiring badge=member}\n\n## It’s here\n\n## It’s here\n";
    let text = faq(markdown);
    assert_eq!(text.headings[0].id, "renew");
    assert_eq!(text.headings[0].title, "How do I renew?");
    assert_eq!(&markdown[text.headings[0].id_span.clone()], "#renew");
    let when = &text.headings[0].attributes[0];
    assert_eq!((when.key.as_str(), when.value.as_str()), ("when", "expired,expiring"));
    let places: Vec<_> = when.words().map(|(word, span)| (word, &markdown[span])).collect();
    assert_eq!(places, [("expired", "expired"), ("expiring", "expiring")]);
    assert_eq!(text.headings[1].id, "its-here");
    assert_eq!(text.headings[2].id, "its-here-2");
}

#[test]
fn what_the_program_names_steps_aside_for_what_authors_and_the_theme_name() {
    let text =
        page("## Main\n\n## Tides\n\n## <a id=\"tides\"></a> Tides\n\n### Children\n\n[^tides]: A.\n\nB[^tides].\n");
    assert_eq!(text.problems, []);
    let ids: Vec<_> = text.headings.iter().map(|heading| heading.id.as_str()).collect();
    assert_eq!(ids, ["main-2", "tides-2", "tides-3", "children-2"]);
    assert_eq!(text.parts[0].notes, [(0, "fn-tides".to_owned())]);
    assert!(text.has_id("tides") && text.has_id("fn-tides") && !text.has_id("fn-none"));
}

#[test]
fn names_that_authors_give_twice_are_an_error() {
    for markdown in [
        "## A {#a}\n\n## B {#a}\n",
        "## A {#a}\n\n<p id=\"a\">b</p>\n",
        "<a name=\"a\"></a>\n\n<span id='a'>b</span>\n",
        "## A {#main}\n",
        "<p id=toc>x</p>\n",
    ] {
        let text = page(markdown);
        assert!(text.problems.len() == 1 && text.problems[0].error, "{markdown}: {:?}", text.problems);
    }
    assert_eq!(page("<a id=\"a\" name=\"a\"></a>").anchors.len(), 1);
}

#[test]
fn an_opening_heading_is_the_title() {
    let read_with = |markdown: &str, title| read(markdown, 0, Manner { kind: Kind::Page, language: "en", title });
    let text = read_with("<!-- from elsewhere -->\n\n# The *big* rules {#rules}\n\n## A\n", None);
    assert_eq!(
        text.title.as_ref().map(|title| (title.text.as_str(), title.id.as_str())),
        Some(("The big rules", "rules"))
    );
    assert!(text.problems.is_empty() && text.headings.len() == 1 && text.has_id("rules"), "{text:?}");
    let html = "<!-- x -->\n<h1 align=\"center\" id=p>\n<a name=\"top\"></a>Tom &amp; <em>Kate</em></h1>\n\nText.\n";
    let text = read_with(html, None);
    assert_eq!(text.title.as_ref().map(|title| (title.text.as_str(), title.id.as_str())), Some(("Tom & Kate", "p")));
    assert!(text.problems.is_empty() && text.has_id("top") && text.has_id("p"), "{text:?}");
    assert!(read_with(html, Some("Other")).title.is_none());
    // Said twice, typed in two ways.
    let text = read_with("# \"Rules\" --  it's all\n\nText.\n", Some("“Rules” – it’s all"));
    assert!(text.title.is_some() && text.problems.is_empty(), "{:?}", text.problems);
    let text = read_with("# Exceptions\n\n# More\n", Some("Rules"));
    let levels: Vec<_> = text.headings.iter().map(|heading| heading.level).collect();
    assert_eq!((levels, text.problems.len()), (vec![2, 2], 2));
    let text = faq("Intro.\n\n# One\n\n## Two?\n\n# Three\n\n> ## Four\n");
    let levels: Vec<_> = text.headings.iter().map(|heading| (heading.level, heading.question)).collect();
    assert_eq!(levels, [(2, false), (2, true), (3, false), (3, false)]);
    assert_eq!(text.problems.len(), 3);
}

#[test]
fn footnotes_belong_to_the_part_that_marks_them() {
    let text = faq(
        "A[^x].\n\n## B? {#b}\n\nC[^y] D[^X] E[^y].\n\n## F? {#f}\n\n[^x]: See[^z].\n[^y]: Y.\n[^z]: Z.\n[^u]: U.\n",
    );
    let notes: Vec<Vec<_>> = text
        .parts
        .iter()
        .map(|part| part.notes.iter().map(|(note, id)| (text.notes[*note].label.as_str(), id.as_str())).collect())
        .collect();
    assert_eq!(
        notes,
        [vec![("x", "fn-x"), ("z", "fn-z")], vec![("y", "fn-b-y"), ("x", "fn-b-x"), ("z", "fn-b-z")], vec![]]
    );
    let said: Vec<_> = text.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(said, ["no mark leads to the footnote `u`, so it is not shown"]);
}

#[test]
fn a_mark_without_a_note_is_told_apart_from_what_is_none() {
    assert_eq!(said("One[^none].\n"), [("there is no footnote `none`".to_owned(), "[^none]".to_owned())]);
    for markdown in ["`[^a-z]`", "    [^code]", "\\[^no]", "[x](#title)", "[^ ] [^]", "```\n[^a]\n```"] {
        let found = page(markdown).problems;
        assert!(found.iter().all(|problem| !problem.message.contains("footnote")), "{markdown}: {found:?}");
    }
}

#[test]
fn what_html_loses_is_said_where_it_stands() {
    let lost = |markdown: &str| -> Vec<String> { said(markdown).into_iter().map(|(_, what)| what).collect() };
    assert_eq!(
        lost("<p style=\"color:red\" onclick='x()' class=\"big\">a</p>\n"),
        ["style=\"color:red\"", "onclick='x()'", "class=\"big\""]
    );
    assert_eq!(lost("a <font color=red>b</font> c\n"), ["<font color=red>"]);
    assert_eq!(lost("- x\n\n  > <div\n  > align=middle>\n  > b</div>\n"), ["align=middle"]);
    assert_eq!(lost("Write to <your name>.\n"), ["<your name>"]);
    assert_eq!(lost("<form><input name=a></form>\n"), ["<form>", "<input name=a>"]);
    assert_eq!(lost("<video controls><source src=a.mp4>No films.</video> b\n"), ["<video controls>"]);
    assert_eq!(lost("<td>a</td>\n"), ["<td>"]);
    assert_eq!(lost("a <b>b\n\nc</b>\n"), ["<b>", "</b>"]);
    assert_eq!(lost("# A\n\n<h1>B</h1>\n"), ["# A\n", "<h1>"]);
    assert_eq!(lost("## A {.big} \n\n## B {when=expired}\n"), [".big", "when=expired"]);
}

#[test]
fn what_html_may_say_is_no_loss() {
    for markdown in [
        "<!-- a comment -->\n\nText <!-- another --> here.\n",
        "<p align=\"center\">\n\n![A](a.png)\n\n</p>\n",
        "<details><summary>More</summary>\n\nText\n\n</details>\n",
        "<details><summary>More</summary>\n\nText</details>\n",
        "a <b>b</b> <kbd>c</kbd><br>d<br/>e</br>f\n",
        "<ul><li>a<li>b</ul><table><tr><td>a<td>b<tr><th scope=row>c</table>\n",
        "<dl><dt>a<dd>b</dl>\n\n<p>a<p>b\n",
        "> [!NOTE]\n> a\n\n- [x] b\n\n| a | b |\n|:-:|--:|\n| c | d |\n",
        "## Tides <a name=\"low-tides\"/>\n",
        "<p>One\n\nTwo\n\n> three\n",
    ] {
        assert_eq!(said(markdown), [], "{markdown}");
    }
}

#[test]
fn addresses_in_html_are_links_like_others() {
    let text = page(
        "<a href=\" a.md#b&amp;c \">x</a> <img src='p.png' alt=''> \
         <picture><source srcset=\"q.png 1x, r.png 2x\"><img src=s.png></picture>\n\n<q cite=t.md>u</q> <v@w.example>\n",
    );
    let links: Vec<_> = text.links.iter().map(|link| (link.to.as_str(), link.picture, link.wordless)).collect();
    assert_eq!(
        links,
        [
            ("a.md#b&c", false, false),
            ("p.png", true, false),
            ("q.png", true, false),
            ("r.png", true, false),
            ("s.png", true, true),
            ("t.md", false, false),
            ("mailto:v@w.example", false, false),
        ]
    );
}

#[test]
fn quotation_marks_are_those_of_the_language() {
    let markdown = "\"One 'two' three\", it's the dogs' 'last' day.";
    assert_eq!(words(markdown, "en"), "“One ‘two’ three”, it’s the dogs’ ‘last’ day.");
    assert_eq!(words(markdown, "de"), "„One ‚two‘ three“, it’s the dogs’ ‚last‘ day.");
    assert_eq!(words("Il dit \"oui\".", "fr"), "Il dit «\u{202f}oui\u{202f}».");
    assert_eq!(words("\"nej\" 'så'", "sv"), "”nej” ’så’");
    assert_eq!(words("彼は\"はい\"と\n言う。", "ja"), "彼は「はい」と言う。");
    assert_eq!(words("\"a \"b\" c\" 5\" d", "en"), "“a “b” c” 5” d");
    assert_eq!(words("“one” `\"a\"`", "de"), "“one” \"a\"", "what is typed as it should be stays");
    let heading = &in_language("## Was heißt \"gültig\"?", "de").headings[0];
    assert_eq!((heading.title.as_str(), heading.id.as_str()), ("Was heißt „gültig“?", "was-heißt-gültig"));
}

#[test]
fn lines_of_scripts_without_spaces_run_on() {
    assert_eq!(words("日本語の\n文章。\n「次」", "ja"), "日本語の文章。「次」");
    assert_eq!(words("**強調**\n次の *行*\nと`code`", "ja"), "強調次の 行とcode");
    assert_eq!(words("한국어\n문장", "ko"), "한국어 문장");
    assert_eq!(words("two\nlines", "en"), "two lines");
    assert_eq!(words("![日本\n語 and\nmore](a.png)", "ja"), "日本語 and more");
    assert_eq!(in_language("日本語の\n見出し\n---\n", "ja").headings[0].title, "日本語の見出し");
}

#[test]
fn the_words_of_a_picture_are_on_one_line() {
    let text = page("![A *lamp*\nin the\\\nnight](a.png \"t\")\n");
    assert!(
        text.parts[0].pieces.iter().any(
            |piece| matches!(piece, Piece::Picture { alt, title, .. } if alt == "A lamp in the night" && title == "t")
        ),
        "{text:?}"
    );
}

#[test]
fn what_is_nested_too_deep_is_refused_and_nothing_overflows() {
    for markdown in [
        ">".repeat(10_000) + " x",
        "- ".repeat(10_000) + "x",
        "*a ".repeat(10_000) + "b" + &" c*".repeat(10_000),
        "<div>".repeat(10_000),
        "x ".to_owned() + &"<b>".repeat(10_000),
        "![".repeat(10_000) + "x" + &"](y)".repeat(10_000),
    ] {
        let text = page(&markdown);
        assert_eq!(text.problems.len(), 1, "{:?}", text.problems);
        assert!(text.problems[0].error && text.problems[0].message.contains("nested"), "{:?}", text.problems);
        assert!(needs_a_look(&markdown));
    }
    for markdown in ["[".repeat(100_000), "*".repeat(100_000), "<".repeat(100_000), "`".repeat(100_000)] {
        assert_eq!(page(&markdown).problems, []);
    }
    assert_eq!(page(&(">".repeat(90) + " x")).problems, []);
}

#[test]
fn elements_without_end_are_told_and_take_nothing_with_them() {
    let text = page("a <iframe src=x> b\n\n## C\n");
    assert!(text.problems.len() == 1 && text.problems[0].error);
    assert_eq!(text.headings.len(), 1);
    let text = page("<svg><text>a</text>\n\n## B\n\n</svg>\n");
    assert!(text.problems.iter().any(|problem| problem.error) && text.headings.len() == 1, "{:?}", text.problems);
}

#[test]
fn what_stands_in_a_question_and_is_not_shown_is_told() {
    let text = faq("## <a id=\"old\"></a>A [b](c.md) ![d](e.png) f[^g]? {#a}\n\nB.\n\n[^g]: h\n");
    assert_eq!(text.problems.len(), 4, "{:?}", text.problems);
    let kept =
        matches!(&text.parts[1].pieces[0], Piece::Tag(tag) if tag.attributes == [("id", Value::Id("old".to_owned()))]);
    assert!(kept, "{:?}", text.parts[1]);
}

#[test]
fn front_matter_is_found_with_any_line_end_and_after_a_bom() {
    for text in ["---\ntitle: A\n---\nBody", "---\r\ntitle: A\r\n---\r\nBody", "\u{feff}---\ntitle: A\n---\nBody"] {
        let (yaml, body) = front_matter(text).unwrap();
        assert_eq!(text[yaml].trim(), "title: A");
        assert_eq!(&text[body..], "Body");
    }
    assert_eq!(front_matter("No front matter"), Some((0..0, 0)));
    assert_eq!(front_matter("---\ntitle: never ended\n"), None);
}

#[test]
fn words_of_any_script_make_an_anchor() {
    assert_eq!(slug("Что делать, если…?"), "что-делать-если");
    assert_eq!(slug("???"), "section");
}

#[test]
fn what_was_meant_as_a_link_and_is_none_is_said() {
    for (markdown, what) in [
        ("See [the guide](my guide.md).", "[the guide](my guide.md)"),
        ("See [the *guide*](../my guide.md#a b).", "[the *guide*](../my guide.md#a b)"),
        ("![A lamp](lamp.png =300x200)", "![A lamp](lamp.png =300x200)"),
        ("| a |\n|---|\n| ![A lamp](my lamp.png) |", "![A lamp](my lamp.png)"),
        ("[here] (https://www.harbour.example/a)", "[here] (https://www.harbour.example/a)"),
        ("[here](https://www.harbour.example/a", "[here](https://www.harbour.example/a"),
        ("See [the rules][rulse].\n\n[rules]: rules.md\n", "[the rules][rulse]"),
        ("- ![it][a lamp]", "![it][a lamp]"),
        ("[a]()", "[a]()"),
        ("<a href=' '>b</a>", "href=' '"),
    ] {
        let said = said(markdown);
        assert_eq!(said.len(), 1, "{markdown}: {said:?}");
        assert!(said[0].1.trim_start_matches('!') == what.trim_start_matches('!'), "{markdown}: {said:?}");
    }
    for markdown in [
        "[a](<b c.md>) [a](b.md \"c d\") [b] \\[c](d e.md) [c\\](d e.md) `[c](d e.md)`\n\n    [e](f g.md)\n\n[b]: b.md\n",
        "cells[1][2], f(x)[a](b, c), [sic] (see page 4), [1] (a) and [ ] (b)",
        "[x]\n\n[] [1]: [note](of hand)\n\n```\n[a](b c.md) [d][e]\n```\n",
        "- [ ] (https://www.harbour.example/)\n\n[//]: # (a remark)\n",
    ] {
        assert_eq!(said(markdown), [], "{markdown}");
    }
}

#[test]
fn pictures_may_stand_above_the_title() {
    let read_with = |markdown: &str| read(markdown, 0, Manner { kind: Kind::Page, language: "en", title: None });
    for markdown in [
        "![Logo](logo.png)\n\n# Rules\n\nA.\n",
        "<p align=\"center\">\n  <a href=\"https://www.harbour.example/\"><img src=\"logo.svg\" alt=\"Logo\"></a>\n</p>\n\n# Rules\n",
        "<p align=center><img src=logo.svg alt=Logo></p>\n<h1 align=\"center\">Rules</h1>\n\nA.\n",
        "<div align=\"center\">\n<img src=\"logo.svg\" alt=\"Logo\"><br>\n<h1>Rules</h1>\n\nA.\n\n</div>\n",
        "<div align=\"center\">\n\n# Rules\n\n![Build](a.svg)\n\n</div>\n",
        "[![Build](a.svg)](https://www.harbour.example/)\n![License](b.svg)\n\nRules\n=====\n",
    ] {
        let text = read_with(markdown);
        assert_eq!(text.title.map(|title| title.text).as_deref(), Some("Rules"), "{markdown}");
        assert!(text.problems.is_empty() && text.headings.is_empty(), "{markdown}: {:?}", text.problems);
        assert_eq!(
            text.links.iter().filter(|link| link.picture).count() > 1,
            markdown.contains("License"),
            "{markdown}"
        );
    }
    for markdown in ["Hello.\n\n# Rules\n", "- ![Logo](logo.png)\n\n# Rules\n", "`a`\n\n<h1>Rules</h1>\n"] {
        let text = read_with(markdown);
        assert!(text.title.is_none() && text.problems.len() == 1, "{markdown}: {:?}", text.problems);
        assert!(text.problems[0].message.contains("does not open the file"), "{:?}", text.problems);
    }
}
