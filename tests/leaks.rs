//! Nothing that is private is published, in whatever it lies: whole sites, through the program itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::format_collect,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::io::Write as _;

use common::TestSite;
use flate2::{Compression, write::DeflateEncoder, write::GzEncoder, write::ZlibEncoder};

const ADDRESS: &str = "k.osei@mail.example";
const ID: &str = "member-77401";

/// A site with an earner whose address and id are looked for, and a page that leads to a file.
fn site(file: &str, content: impl AsRef<[u8]>) -> TestSite {
    let site = TestSite::new();
    site.replace("content/earners/2026.yaml", "e-1", ID)
        .file(&format!("content/{file}"), content)
        .file("content/files.md", format!("---\ntitle: Files\n---\n[A file](<{file}>)\n"));
    site
}

/// Demands that a file is refused, for a reason, without the secret itself being told.
#[track_caller]
fn refused(file: &str, content: impl AsRef<[u8]>, why: &str) -> String {
    let said = site(file, content).build().refused();
    assert!(said.contains(why), "{file}: {said}");
    assert!(!said.to_lowercase().contains(ADDRESS) && !said.contains(ID), "{file}: {said}");
    said
}

const HOLDS_ADDRESS: &str = "the e-mail address of an earner";
const HOLDS_ID: &str = "the id of an earner";

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut to = DeflateEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut to = ZlibEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

/// A ZIP archive; `flags` of every file in it.
fn archive_with(files: &[(&str, &[u8])], flags: u16) -> Vec<u8> {
    let (mut out, mut table) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let packed = deflate(content);
        let crc = flate2::Crc::new();
        let start = u32::try_from(out.len()).unwrap();
        let name_length = u16::try_from(name.len()).unwrap();
        let mut shared = Vec::new();
        shared.extend(20u16.to_le_bytes());
        shared.extend(flags.to_le_bytes());
        shared.extend(8u16.to_le_bytes());
        shared.extend([0; 4]);
        shared.extend(crc.sum().to_le_bytes());
        shared.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        shared.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        shared.extend(name_length.to_le_bytes());
        shared.extend([0; 2]);
        out.extend(b"PK\x03\x04");
        out.extend(&shared);
        out.extend(name.as_bytes());
        out.extend(packed);
        table.extend(b"PK\x01\x02\x14\x00");
        table.extend(&shared);
        table.extend([0; 10]);
        table.extend(start.to_le_bytes());
        table.extend(name.as_bytes());
    }
    let start = u32::try_from(out.len()).unwrap();
    let count = u16::try_from(files.len()).unwrap();
    out.extend(&table);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(table.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    archive_with(files, 0)
}

/// A PDF of these objects; a stream is what comes with bytes.
fn pdf(objects: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    for (index, (table, stream)) in objects.iter().enumerate() {
        write!(out, "{} 0 obj\n{table}\n", index + 1).unwrap();
        if let Some(stream) = stream {
            out.extend(b"stream\n");
            out.extend(*stream);
            out.extend(b"\nendstream\n");
        }
        out.extend(b"endobj\n");
    }
    out.extend(b"trailer << /Root 1 0 R >>\n%%EOF\n");
    out
}

/// A PDF with a page that says something, by a font.
fn page(contents: &[u8], filter: &str, font: &str, table: &[u8]) -> Vec<u8> {
    pdf(&[
        ("<< /Type /Catalog /Pages 2 0 R >>", None),
        ("<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F1 5 0 R >> >> >>", None),
        ("<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>", None),
        (&format!("<< /Length {} {filter} >>", contents.len()), Some(contents)),
        (font, None),
        (&format!("<< /Length {} /Filter /FlateDecode >>", zlib(table).len()), Some(&zlib(table))),
    ])
}

#[test]
fn copies_of_exports_are_refused_by_their_names() {
    for name in [
        "earners/autumn.yaml.txt",
        "members.YML.txt",
        "Members.Yaml.pdf",
        "members.yaml (1).zip",
        "members.csv",
        "members.CSV.gz",
        "members.yaml.md",
        "members.yml.old",
    ] {
        let site = TestSite::new();
        site.file(&format!("content/{name}"), "---\ntitle: nothing private\n---\n");
        let said = site.build().refused();
        assert!(said.contains(name), "{name}: {said}");
        assert!(said.contains("move it out"), "{name}: {said}");
    }
}

#[test]
fn what_is_left_out_by_its_name_is_no_error() {
    let site = TestSite::new();
    for name in [".members.yaml.swp", "_old/members.csv", ".git/members.yaml.txt", "_members.yaml.bak", "page.md~"] {
        site.file(&format!("content/{name}"), common::EARNERS);
    }
    assert_eq!(site.build().ok().stderr, "");
    // Copies of exports are left out as well, and said.
    site.file("content/members.yaml~", common::EARNERS).file("content/earners/a.yml.part", common::EARNERS);
    let run = site.build().ok();
    assert!(run.stderr.contains("content/members.yaml~") && run.stderr.contains("2 warnings"), "{}", run.stderr);
    assert!(site.tree().values().all(|bytes| !String::from_utf8_lossy(bytes).contains(ADDRESS)));
}

#[test]
fn a_copy_of_an_export_that_somebody_kept_is_an_error() {
    for name in ["members.yaml.bak", "earners/2025.YML.orig", "members.csv.bak"] {
        let site = TestSite::new();
        site.file(&format!("content/{name}"), common::EARNERS);
        assert!(site.build().refused().contains(name), "{name}");
    }
}

#[test]
fn an_address_is_found_in_texts_of_every_encoding() {
    let text = format!("Jos\u{e9}\nask {}, please\n", ADDRESS.to_uppercase());
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let said = refused("notes.txt", &text, HOLDS_ADDRESS);
    assert!(said.contains("content/notes.txt:2:5"), "{said}");
    for bytes in
        [latin, wide(u16::to_le_bytes), wide(u16::to_be_bytes), [b"\xff\xfe".to_vec(), wide(u16::to_le_bytes)].concat()]
    {
        let said = refused("notes.txt", bytes, HOLDS_ADDRESS);
        assert!(said.contains("line 2"), "{said}");
    }
    refused("notes.txt", format!("no. {}", ID.to_uppercase()), HOLDS_ID);
    refused("words.vtt", format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{ADDRESS}\n"), HOLDS_ADDRESS);
    refused(
        "a.svg",
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><text><tspan>k.osei@</tspan><tspan>mail.example</tspan></text></svg>",
        HOLDS_ADDRESS,
    );
}

#[test]
fn what_is_not_published_is_searched_too() {
    let site = TestSite::new();
    site.file(
        "content/members.xlsx",
        archive(&[("xl/sharedStrings.xml", format!("<si><t>{ADDRESS}</t></si>").as_bytes())]),
    );
    let said = site.build().refused();
    assert!(said.contains(HOLDS_ADDRESS) && said.contains("members.xlsx"), "{said}");
}

#[test]
fn archives_are_unpacked_also_within_each_other() {
    let run = "<w:p><w:r><w:t>k.osei@</w:t></w:r><w:r><w:t>mail.example</w:t></w:r></w:p>";
    let word = archive(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", run.as_bytes())]);
    let said = refused("form.docx", &word, HOLDS_ADDRESS);
    assert!(said.contains("`word/document.xml`"), "{said}");
    let said = refused("kit.zip", archive(&[("a/form.docx", &word)]), HOLDS_ADDRESS);
    assert!(said.contains("`a/form.docx/word/document.xml`"), "{said}");
    refused("kit.zip", archive(&[("notes.gz", &gzip(ADDRESS.as_bytes()))]), HOLDS_ADDRESS);
    refused("kit.zip", archive(&[(&format!("{ID}.png"), b"x")]), HOLDS_ID);
    // Of former members, whom no export names any more.
    refused("kit.zip", archive(&[("members-2019.yaml", b"earners: []")]), "an export or a table of data");
    refused("kit.zip", archive(&[("old.txt", b"earners:\n  - id: x\n    email: gone@mail.example\n")]), "an export");
    refused("old.txt", "earners:\n  - id: x\n    email: gone@mail.example\n", "an export");
    // Behind something else.
    refused("a.mp4", [b"\0\0\0\x18ftypmp42".repeat(40), archive(&[("x", ADDRESS.as_bytes())])].concat(), HOLDS_ADDRESS);
}

/// As `zip` writes what comes through a pipe: with the second end that large archives have.
#[test]
fn an_archive_with_a_second_end_is_unpacked() {
    let mut bytes = archive(&[("-", ADDRESS.as_bytes())]);
    let first = bytes.split_off(bytes.len() - 22);
    let number = |at: usize| u64::from(u32::from_le_bytes(first[at..at + 4].try_into().unwrap()));
    let second = u64::try_from(bytes.len()).unwrap();
    bytes.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x1e\x03\x2d\0");
    bytes.extend([0; 8]);
    for value in [1, 1, number(12), number(16)] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(second.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    for plain in [true, false] {
        let mut first = first.clone();
        if !plain {
            first[8..20].fill(0xff);
        }
        let whole = [bytes.as_slice(), &first].concat();
        refused("kit.zip", &whole, "in its part `-`");
        // Behind a program that unpacks it.
        refused("kit.zip", [b"#!/bin/sh\n".repeat(9), whole].concat(), "in its part `-`");
    }
}

#[test]
fn pictures_are_searched_with_their_notes() {
    let png = |kind: &[u8], data: &[u8]| {
        let picture = image::RgbaImage::new(2, 2);
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let mut bytes = bytes.into_inner();
        let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
        chunk.extend(kind);
        chunk.extend(data);
        let mut crc = flate2::Crc::new();
        crc.update(&chunk[4..]);
        chunk.extend(crc.sum().to_be_bytes());
        bytes.splice(33..33, chunk);
        bytes
    };
    refused("a.png", png(b"tEXt", format!("Author\0{ID}").as_bytes()), HOLDS_ID);
    refused("a.png", png(b"zTXt", &[b"Author\0\0".to_vec(), zlib(ADDRESS.as_bytes())].concat()), HOLDS_ADDRESS);
    refused(
        "a.png",
        png(b"iTXt", &[b"Author\0\x01\0en\0\0".to_vec(), zlib(ADDRESS.as_bytes())].concat()),
        HOLDS_ADDRESS,
    );
    let wide: Vec<u8> = ADDRESS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused("a.png", png(b"eXIf", &[b"MM\0\x2a\xff\xfe\x01".to_vec(), wide].concat()), HOLDS_ADDRESS);
    site("a.png", png(b"tEXt", b"Author\0Kate Osei")).build().ok();
}

#[test]
fn pdfs_are_searched_for_what_their_pages_say() {
    let plain = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";
    // Kerned, and packed.
    let kerned = zlib(b"BT /F1 12 Tf 50 700 Td [(k)-3(.osei@m)10(ail.ex)20(ample)] TJ ET");
    refused("a.pdf", page(&kerned, "/Filter /FlateDecode", plain, b""), HOLDS_ADDRESS);
    // Glyphs by number, each set on its own.
    let codes: Vec<char> = ADDRESS.chars().collect();
    let table: String =
        codes.iter().enumerate().map(|(at, c)| format!("<{:04x}> <{:04x}>\n", at + 1, u32::from(*c))).collect();
    let table = format!(
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n{} beginbfchar\n{table}endbfchar\n",
        codes.len()
    );
    let set: String =
        (0..codes.len()).map(|at| format!("BT /F1 9 Tf 1 0 0 1 {} 700 Tm <{:04x}> Tj ET\n", at * 7, at + 1)).collect();
    let composite = "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 6 0 R >>";
    refused("a.pdf", page(set.as_bytes(), "", composite, table.as_bytes()), HOLDS_ADDRESS);
    // A row of a table as browsers set it: each glyph by itself, a text a cell, and a ligature and a dash of the font's own.
    let table = "1 begincodespacerange <0000> <ffff> endcodespacerange 2 beginbfrange <0000> <00ff> <0000> <0101> <0101> [<fb01>] endbfrange 1 beginbfchar <0100> <2011> endbfchar";
    let cell = |at: usize, text: &str| -> String {
        let glyphs: String = text
            .chars()
            .map(|c| format!("<{:04x}> Tj 5.5 0 Td ", if c == '-' { 0x100 } else { u32::from(c) }))
            .collect();
        format!("BT /F1 9 Tf 1 0 0 -1 {at} 92 Tm {glyphs} ET\n")
    };
    let row = [cell(11, "Kate"), cell(56, &ID.to_uppercase()), cell(90, "x")].concat();
    refused("a.pdf", page(row.as_bytes(), "", composite, table.as_bytes()), HOLDS_ID);
    // Letters at other places, as TeX has them.
    let moved = "<< /Type /Font /Subtype /Type1 /Encoding << /Differences [1 /m /e /b /r /hyphen /seven /four /zero /one] >> >>";
    refused("a.pdf", page(b"BT /F1 9 Tf <0102010302040506060708 09> Tj ET", "", moved, b""), HOLDS_ID);
    // ReportLab's usual two filters.
    let text = zlib(format!("BT 1 0 0 1 0 0 Tm ({ADDRESS}) Tj T* ET").as_bytes());
    let mut packed = String::new();
    for group in text.chunks(4) {
        let mut bytes = [0; 4];
        bytes[..group.len()].copy_from_slice(group);
        let mut value = u32::from_be_bytes(bytes);
        let mut digits = [0; 5];
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(value % 85).unwrap() + b'!';
            value /= 85;
        }
        packed.push_str(std::str::from_utf8(&digits[..=group.len()]).unwrap());
    }
    packed.push_str("~>");
    refused("a.pdf", page(packed.as_bytes(), "/Filter [/ASCII85Decode /FlateDecode]", plain, b""), HOLDS_ADDRESS);
    // In a string of the file itself, in an object that is packed, in a file within it.
    refused("a.pdf", pdf(&[(&format!("<< /Author ({ID}) >>"), None)]), HOLDS_ID);
    let wide: String = ADDRESS.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    refused("a.pdf", pdf(&[(&format!("<< /Author <FEFF{wide}> >>"), None)]), HOLDS_ADDRESS);
    let packed = zlib(format!("9 0 << /URI (mailto:{ADDRESS}) >>").as_bytes());
    refused("a.pdf", pdf(&[("<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>", Some(&packed))]), HOLDS_ADDRESS);
    let sheet = zlib(&archive(&[("xl/sharedStrings.xml", ADDRESS.as_bytes())]));
    refused("a.pdf", pdf(&[("<< /Type /EmbeddedFile /Filter /FlateDecode >>", Some(&sheet))]), HOLDS_ADDRESS);
    site("a.pdf", page(b"BT /F1 9 Tf (nobody@mail.example) Tj ET", "", plain, b"")).build().ok();
}

#[test]
fn what_cannot_be_searched_is_told() {
    let locked = archive_with(&[("x.txt", b"nothing")], 1);
    let said = site("kit.zip", locked).build().ok().stderr;
    assert!(said.contains("cannot be searched") && said.contains("encrypted"), "{said}");
    let said = site("a.pdf", pdf(&[("<< /Encrypt 2 0 R >>", None)])).build().ok().stderr;
    assert!(said.contains("encrypted"), "{said}");
    let mut nested = b"the innermost".to_vec();
    for _ in 0..9 {
        nested = archive(&[("a.zip", &nested)]);
    }
    let said = site("kit.zip", nested).build().ok().stderr;
    assert!(said.contains("too deep"), "{said}");
    let bomb = archive(&[("a", &vec![0; (256 << 20) + 1])]);
    let said = site("kit.zip", bomb).build().ok().stderr;
    assert!(said.contains("too much"), "{said}");
}

#[test]
fn pages_and_public_texts_hold_nobodys_address() {
    let export = "content/earners/2026.yaml";
    let address = |site: &TestSite, place: &str| {
        let said = site.build().refused();
        assert!(said.contains(HOLDS_ADDRESS) && said.contains(place), "{said}");
        assert!(!said.contains(ADDRESS), "{said}");
    };
    let site = TestSite::new();
    site.replace("content/faq/renew.md", "Like this.", &format!("Ask {ADDRESS}."));
    address(&site, "content/faq/renew.md:6:5");
    // Where the member system has no name.
    let site = TestSite::new();
    site.replace(export, "preferred_name: Kate Osei", &format!("preferred_name: {ADDRESS}"));
    address(&site, "content/earners/2026.yaml:4");
    let site = TestSite::new();
    site.replace(
        export,
        "        expires",
        "        evidence: [{url: 'https://x.example/?u=k.osei%40mail.example'}]\n        expires",
    );
    address(&site, "content/earners/2026.yaml:10");
    let site = TestSite::new();
    site.replace("content/badges/badges.yaml", "One sentence.", &format!("Ask {ADDRESS}."));
    address(&site, "content/badges/badges.yaml:5");
    let site = TestSite::new();
    site.file("themes/mine/templates/404.html", format!("<p>{ADDRESS}</p>"))
        .file("site.yaml", format!("{}theme: mine\n", common::SITE));
    address(&site, "themes/mine/templates/404.html:1");
    let site = TestSite::new();
    site.file("themes/mine/static/notes.txt", ADDRESS).file("site.yaml", format!("{}theme: mine\n", common::SITE));
    address(&site, "themes/mine/static/notes.txt");
    let site = TestSite::new();
    site.file(&format!("content/photos/{ADDRESS}.svg"), common::PICTURE);
    address(&site, "content/photos/….svg");
}

#[test]
fn what_markdown_puts_together_is_read_as_pages_show_it() {
    for text in [
        "k.osei@**mail**.example",
        "k&period;osei&commat;mail.example",
        "k.osei\\@mail.example",
        "`k.osei`@mail.example",
        "[Kate](mailto:k&#46;osei&commat;mail.example)",
        "| Who |\n| --- |\n| *k*.osei@mail.example |",
        "k.<b>osei</b>@mail.example",
    ] {
        refused("guides/people.md", format!("# People\n\nAsk {text}\n"), HOLDS_ADDRESS);
        let site = TestSite::new();
        let indented: String = text.lines().map(|line| format!("      {line}\n")).collect();
        site.replace("content/badges/badges.yaml", "    image:", &format!("    criteria: |\n{indented}    image:"));
        let said = site.build().refused();
        assert!(said.contains(HOLDS_ADDRESS) && !said.contains("osei@mail"), "{said}");
    }
    refused("guides/people.md", "# People\n\nNumber *member*-**77401**\n", HOLDS_ID);
    // What only looks like one when what stands apart is put together.
    for text in ["jo*k*.osei@mail.example", "k.osei@\n\nmail.example", "k.osei@**mail**.example.org"] {
        site("guides/people.md", format!("# People\n\nAsk {text}\n")).build().ok();
    }
}

#[test]
fn the_issuers_contact_may_be_an_earners_address() {
    let site = TestSite::new();
    site.replace("site.yaml", "  url:", &format!("  email: {ADDRESS}\n  url:")).replace(
        "content/faq/renew.md",
        "Like this.",
        &format!("Ask {ADDRESS}."),
    );
    site.build().ok();
}

#[test]
fn a_document_is_published_if_a_page_leads_to_it() {
    let site = TestSite::new();
    for file in ["linked.zip", "listed.txt", "named.docx", "stray.zip"] {
        site.file(&format!("content/files/{file}"), archive(&[("a.txt", b"hello")]));
    }
    site.file("content/guides/a.md", "---\ntitle: A\n---\n[Kit](../files/linked.zip#x)\n")
        .file("content/files/b.md", "---\ntitle: B\ndownload: named.docx\n---\nHello.\n")
        .file("site.yaml", format!("{}menu: [{{label: T, to: files/listed.txt}}]\n", common::SITE));
    let said = site.build().ok().stderr;
    for file in ["linked.zip", "listed.txt", "named.docx"] {
        assert!(site.has(&format!("files/{file}")), "{file}");
        assert!(!said.contains(file), "{said}");
    }
    assert!(!site.has("files/stray.zip"));
    assert!(said.contains("content/files/stray.zip") && said.contains("no page leads to it"), "{said}");
    site.file("content/guides/a.md", "---\ntitle: A\n---\nNo more.\n");
    site.build().ok();
    assert!(!site.has("files/linked.zip"));
}

#[test]
fn a_link_to_what_is_not_published_is_an_error() {
    let site = TestSite::new();
    site.file("content/plan.xlsx", "x")
        .file("content/a.md", "---\ntitle: A\ndownload: plan.xlsx\n---\n[Plan](plan.xlsx)\n");
    let said = site.build().refused();
    assert!(said.contains("a.md:3:11") && said.contains("a.md:5:1") && said.contains("offer it as"), "{said}");
    // Of what is wrong with the file itself, nothing is said twice.
    let site = TestSite::new();
    site.file("content/plan.csv", "x")
        .file("content/a.md", "---\ntitle: A\ndownload: plan.csv\n---\n[Plan](plan.csv)\n");
    let said = site.build().refused();
    assert!(said.contains("1 error;"), "{said}");
}

#[test]
fn many_files_that_are_not_published_are_told_of_together() {
    let site = TestSite::new();
    for number in 0..30 {
        site.file(&format!("content/raw/{number}.psd"), "x");
    }
    let said = site.build().ok().stderr;
    assert!(said.contains("30 files here") && said.contains("1 warning"), "{said}");
}

#[test]
fn a_theme_publishes_what_pages_are_made_of() {
    let site = TestSite::new();
    site.file("site.yaml", format!("{}theme: mine\n", common::SITE))
        .file("themes/mine/static/a.css", "p{}")
        .file("themes/mine/static/LICENSE", "MIT")
        .file("themes/mine/static/members.xlsx", "x")
        .file("themes/other/static/members.csv", "x");
    let said = site.build().ok().stderr;
    site.asset("a.css");
    assert!(site.has("LICENSE") && !site.has("members.xlsx"), "{said}");
    assert!(said.contains("themes/mine/static/members.xlsx"), "{said}");
    site.file("themes/mine/static/members.yaml.txt", "x");
    assert!(site.build().refused().contains("themes/mine/static/members.yaml.txt"));
}

#[test]
fn a_font_that_nobody_uses_is_told() {
    let site = TestSite::new();
    site.file("content/fonts/a.ttf", dejavu::sans::regular()).file("content/fonts/b.ttf", dejavu::sans::regular());
    site.file("site.yaml", format!("{}fonts: [fonts/a.ttf]\n", common::SITE));
    let said = site.build().ok().stderr;
    assert!(said.contains("content/fonts/b.ttf") && !said.contains("content/fonts/a.ttf"), "{said}");
}

/// Bytes that nobody meant to write, in each of the forms that are taken apart.
#[test]
fn damaged_files_are_neither_believed_nor_waited_for() {
    let whole = [
        ("kit.zip", archive(&[("a.txt", b"hello"), ("b.txt", b"world")])),
        (
            "a.pdf",
            page(
                &zlib(b"BT /F1 9 Tf [(a) 3 (b)] TJ ET"),
                "/Filter /FlateDecode",
                "<< /Type /Font >>",
                b"1 beginbfrange <00> <ff> <0041> endbfrange",
            ),
        ),
    ];
    let site = TestSite::new();
    let mut links = String::new();
    for (name, bytes) in &whole {
        for (number, cut) in (0..bytes.len()).step_by(bytes.len() / 12).enumerate() {
            let mut flipped = bytes.clone();
            flipped[cut] ^= 0xff;
            for (kind, bytes) in [("cut", bytes[..cut].to_vec()), ("flipped", flipped)] {
                let file = format!("{kind}-{number}-{name}");
                site.file(&format!("content/{file}"), bytes);
                links.push_str(&format!("[{file}]({file})\n"));
            }
        }
    }
    site.file("content/files.md", format!("---\ntitle: Files\n---\n{links}"));
    let run = site.build().ok();
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}
