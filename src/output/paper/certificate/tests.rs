use std::time::{Duration, Instant};

use super::*;
use crate::output::drawn::{DrawingPress, Subject};

#[path = "../../../../tests/common/pdf.rs"]
mod pdf;

const THEME: &str = include_str!("../../../../themes/default/templates/certificate.svg");

const BADGE: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'>\
    <radialGradient id='g'><stop stop-color='#fd0'/><stop offset='0.5' stop-color='#fff'/>\
    <stop offset='1' stop-color='#05a'/></radialGradient><clipPath id='c'><rect width='100' height='100'/></clipPath>\
    <g clip-path='url(#c)'><circle cx='50' cy='50' r='48' fill='url(#g)' stroke='#123' stroke-width='2'/>\
    <g opacity='0.5'><path d='M10 10q20 30 40 0z'/><path d='M12 12h30'/></g></g></svg>";

const ADDRESS: &str = "https://badges.cxpa.example/verify/9ed52e43b74eaed8f69592/";

fn kate() -> Text<'static> {
    Text {
        name: "Kate Osei".into(),
        badge: "Certified Customer Experience Professional".into(),
        label: "CCXP".into(),
        issuer: "Customer Experience Professionals Association".into(),
        lead: "Awarded to".into(),
        dates: vec!["Awarded on 1 March 2024".into(), "Valid until 1 March 2027".into()],
        place: "badges.cxpa.example is the only place where this badge is checked.".into(),
        hint: "Paper cannot change.".into(),
        address: ADDRESS.into(),
        address_text: ADDRESS.into(),
        title: "Kate Osei – CCXP".into(),
        language: "en".into(),
        badge_alt: "CCXP badge".into(),
        code_alt: "QR code".into(),
        ..Text::default()
    }
}

fn press() -> DrawingPress<Certificate> {
    DrawingPress::<Certificate>::new(THEME, Fonts::new(&[]).unwrap()).unwrap()
}

fn look(picture: Option<&[u8]>) -> Look<'_> {
    Look { subject: Subject::Award, accent: "#1f5f8b", on_accent: "white", picture, issuer: None }
}

fn made(press: &DrawingPress<Certificate>, text: &Text<'_>) -> Vec<u8> {
    press.draw(&press.ground(&look(Some(BADGE))).unwrap(), text).unwrap()
}

fn close_up(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn a_certificate_says_everything_as_text_and_leads_to_the_page() {
    let bytes = made(&press(), &kate());
    assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
    let read = pdf::read(&bytes);
    assert!((read.size.0 - 841.89).abs() < 0.1 && (read.size.1 - 595.28).abs() < 0.1, "{:?}", read.size);
    let said: Vec<String> = read.texts.iter().map(|text| close_up(text)).filter(|text| !text.is_empty()).collect();
    let kate = kate();
    let dates = kate.dates.iter().map(String::as_str);
    let wanted = [&*kate.issuer, &kate.lead, &kate.name, &kate.badge].into_iter().chain(dates);
    let wanted = wanted.chain([&*kate.place, &kate.hint, ADDRESS]);
    assert_eq!(said, wanted.map(close_up).collect::<Vec<_>>());
    assert_eq!(read.links, [ADDRESS; 2]);
    assert_eq!(read.told, (kate.title.to_string(), kate.issuer.to_string()));
    assert_eq!(read.alternatives, ["CCXP badge", "QR code"]);
    assert_eq!(read.tree.iter().filter(|kind| *kind == "H1").count(), 1);
    assert_eq!(read.tree.iter().filter(|kind| *kind == "Link").count(), 2);
    assert!(read.fonts.iter().all(|font| font.contains("+LibertinusSerif")), "{:?}", read.fonts);
}

#[test]
fn names_in_many_scripts_are_selected_as_they_are_written() {
    let press = press();
    for (name, from_right) in [
        ("Łukasz Żółć", false),
        ("Nguyễn Thị Hồng", false),
        ("Adébọ́lá Ọlọ́runṣògo", false),
        ("Ευδοκία Παπαχριστοδουλίδου", false),
        ("Ђурђица Њежић-Љутовац", false),
        ("Նարինե Վարդաշենցյան", false),
        ("ნინო წყაროსთავიძე", false),
        ("AΑА", false),
        ("ffi fl", false),
        ("ליאורה בן־שדמון", true),
        ("عبد الرحمن القنديلي", true),
        // A ligature of two letters.
        ("علاء سلام", true),
    ] {
        let read = pdf::read(&made(&press, &Text { name: name.into(), ..kate() }));
        let heading: String = read.texts[2].clone();
        // Readers put what is written from the right into its own order, letter by letter.
        let heading = if from_right { heading.chars().rev().collect() } else { heading };
        assert_eq!(heading, name);
    }
}

#[test]
fn letters_of_several_characters_keep_all_of_them() {
    let press = press();
    // A ligature, and marks that no single glyph has.
    for name in ["سلام", "q\u{30b}x\u{325}", "שָׁלוֹם"] {
        let read = pdf::read(&made(&press, &Text { name: name.into(), ..kate() }));
        let mut said: Vec<char> = read.texts[2].chars().collect();
        let mut wanted: Vec<char> = name.chars().collect();
        said.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(said, wanted, "{name}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes_on_any_thread() {
    let press = press();
    let ground = press.ground(&look(Some(BADGE))).unwrap();
    let wanted = press.draw(&ground, &kate()).unwrap();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (press, ground, wanted) = (&press, &ground, &wanted);
            scope.spawn(move || {
                press.draw(ground, &Text { name: format!("Nobody {n}").into(), ..kate() }).unwrap();
                assert!(press.draw(ground, &kate()).unwrap() == *wanted);
            });
        }
    });
    assert!(made(&self::press(), &kate()) == wanted);
    for time in ["CreationDate", "ModDate", "CreateDate"] {
        assert!(!wanted.windows(time.len()).any(|window| window == time.as_bytes()), "{time}");
    }
}

#[test]
fn a_word_across_the_sheet_is_one_word_and_read_first() {
    let read = pdf::read(&made(&press(), &Text { mark: "Withdrawn".into(), ..kate() }));
    assert_eq!(read.texts[0], "Withdrawn");
}

#[test]
fn a_name_that_no_font_draws_is_left_out_and_the_badge_takes_its_place() {
    let press = press();
    let without = made(&press, &Text { name: "".into(), ..kate() });
    assert!(made(&press, &Text { name: "王小明".into(), ..kate() }) == without);
    let read = pdf::read(&without);
    assert!(!read.texts.iter().any(|text| *text == kate().lead));
    assert_eq!(read.tree.iter().filter(|kind| *kind == "H1").count(), 1);
    let named = pdf::read(&made(&press, &Text { name: "🪿 Zoë 🪿".into(), ..kate() }));
    assert_eq!(named.texts[2], "Zoë");
}

#[test]
fn hostile_texts_do_no_harm_and_take_no_time() {
    let press = press();
    let ground = press.ground(&look(None)).unwrap();
    let long = "W".repeat(10_000);
    let many = "Wolfe schlegel ".repeat(700);
    let zalgo = format!("Z{}", "\u{30d}\u{316}".repeat(5_000));
    let closing = ") Tj ET EMC endstream endobj </text></svg><script>alert(1)</script>".repeat(20);
    let controls = "a\u{0}b\u{8}c\u{1b}[31m\u{202e}\u{ffff}\u{fffe}(\\";
    let template = "{{ name }}{% include 'x' %}{# #}";
    for name in [&long, &many, &zalgo, &closing, controls, template] {
        let text = Text {
            name: name.into(),
            badge: name.into(),
            dates: vec![name.into(); 2],
            place: name.into(),
            title: name.into(),
            ..kate()
        };
        let started = Instant::now();
        let bytes = press.draw(&ground, &text).unwrap();
        assert!(started.elapsed() < Duration::from_secs(20), "{name:.20}");
        let read = pdf::read(&bytes);
        assert_eq!(read.links.len(), 2);
        assert!(read.texts.len() > 2, "{name:.20}");
    }
}

#[test]
fn pictures_are_shapes_where_they_can_be_and_pixels_where_not() {
    let press = press();
    let is_form = |bytes: &[u8]| {
        let ground = press.ground(&look(Some(bytes))).unwrap();
        assert!(ground.own.chunk.len() < 90_000, "{}", ground.own.chunk.len());
        String::from_utf8_lossy(ground.own.chunk.as_bytes()).matches("/Subtype /Image").count() == 0
    };
    assert!(is_form(BADGE));
    let filtered = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><filter id='f'>\
        <feGaussianBlur stdDeviation='1'/></filter><rect width='9' height='9' filter='url(#f)'/></svg>";
    assert!(!is_form(filtered.as_bytes()));
    let fading = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><linearGradient id='g'>\
        <stop stop-opacity='0'/><stop offset='1'/></linearGradient><rect width='9' height='9' fill='url(#g)'/></svg>";
    assert!(!is_form(fading.as_bytes()));
    let mut png = std::io::Cursor::new(Vec::new());
    let noise = image::RgbImage::from_fn(900, 900, |x, y| {
        image::Rgb([(x * 7 % 251) as u8, (y * 5 % 241) as u8, (x * y % 239) as u8])
    });
    noise.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let ground = press.ground(&look(Some(png.get_ref()))).unwrap();
    assert!(String::from_utf8_lossy(ground.own.chunk.as_bytes()).contains("DCTDecode"));
    let refused = press.ground(&look(Some(b"GIF89a"))).unwrap_err();
    assert!(matches!(refused, DrawError::Picture(_)));
}

#[test]
fn errors_in_a_template_name_its_line() {
    let fonts = || Fonts::new(&[]).unwrap();
    for (template, words) in [("<svg>\n{% if layer %}", ""), ("<svg>\n{{ nme }}</svg>", "nme")] {
        match DrawingPress::<Certificate>::new(template, fonts()).unwrap_err() {
            DrawError::Template { line, message, .. } => {
                assert_eq!(line, 2);
                assert!(message.contains(words), "{message}");
            }
            other => panic!("{other}"),
        }
    }
    let page = |size: &str, layer: &str, inside: &str| {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {size}>\n{{% if layer == \"{layer}\" %}}\n{inside}{{% endif %}}</svg>"
        )
    };
    let a4 = "width=\"297mm\" height=\"210mm\" viewBox=\"0 0 297 210\"";
    for (size, layer, inside, line, words) in [
        (a4, "text", "<rect width='1' height='1'/>", 3, "background layer"),
        (a4, "text", "<text data-fit='640 2 64 30' data-link='page.html'>x</text>", 3, "absolute"),
        (a4, "text", "<text data-fit='640 2 64 30' data-tag='h2'>x</text>", 3, "p or h1"),
        (a4, "text", "<text data-fit='640 2 64 30' fill-opacity='2'>x</text>", 3, "from 0 to 1"),
        (a4, "text", "<image href='a.png' x='0' y='0' width='9' height='9'/>", 3, "award:qr"),
        (a4, "text", "<image href='award:qr' x='0' y='0'/>", 3, "width"),
        (a4, "background", "<text data-fit='640 2 64 30'>x</text>", 3, "text layer"),
        ("width=\"9\" height=\"9\"", "text", "", 1, "viewBox"),
        ("width=\"9\" height=\"9\" viewBox=\"0 0 9 7\"", "text", "", 1, "proportions"),
        ("width=\"99in\" height=\"999in\" viewBox=\"0 0 99 999\"", "text", "", 1, "sheet"),
    ] {
        match DrawingPress::<Certificate>::new(&page(size, layer, inside), fonts()).unwrap_err() {
            DrawError::Drawn { line: at, message, .. } => {
                assert_eq!(at, line, "{inside}: {message}");
                assert!(message.contains(words), "{inside}: {message}");
            }
            other => panic!("{inside}: {other}"),
        }
    }
}

#[test]
fn what_only_certificates_have_is_refused_on_cards() {
    let card = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 630\">\
        {% if layer == \"text\" %}<text data-fit=\"640 2 64 30\" data-turn=\"9\">x</text>{% endif %}</svg>";
    let refused = DrawingPress::<crate::output::picture::card::Card>::new(card, Fonts::new(&[]).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("only certificates"), "{refused}");
}
