use std::time::{Duration, Instant};

use super::*;
use crate::output::drawn;

type Ground = drawn::Ground<Indexed>;

const THEME: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630">
{% if layer == "background" %}<rect width="1200" height="630" fill="#fbfaf5"/>
{% if has_picture %}<image href="badge:picture" x="40" y="140" width="350" height="350"/>{% endif %}
{% else %}<g data-stack="480 40 440" data-align="middle" fill="#123">
<text data-fit="660 2 84 42" font-weight="700" font-family="serif">{{ name }}</text>
<text data-fit="660 2 40 28" fill="{{ accent }}">{{ badge }}</text>
{% for date in dates %}<text data-fit="660 1 30 20">{{ date }}</text>
{% endfor %}</g>
<text x="480" y="580" data-fit="660 1 30 18">{{ place }}</text>
{% endif %}</svg>"##;

const BADGE: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'>\
    <radialGradient id='g'><stop stop-color='#fd0'/><stop offset='1' stop-color='#05a'/></radialGradient>\
    <circle cx='50' cy='50' r='48' fill='url(#g)'/></svg>";

fn kate() -> Text<'static> {
    Text {
        name: "Kate Osei".into(),
        badge: "Certified Customer Experience Professional".into(),
        label: "CCXP".into(),
        issuer: "Customer Experience Professionals Association".into(),
        dates: vec!["Awarded on 1 March 2024".into(), "Valid until 1 March 2027".into()],
        place: "Check at badges.cxpa.example".into(),
        ..Text::default()
    }
}

fn press() -> DrawingPress<Card> {
    DrawingPress::<Card>::new(THEME, Fonts::new(&[]).unwrap()).unwrap()
}

fn background(press: &DrawingPress<Card>) -> Ground {
    press.ground(&look(Some(BADGE))).unwrap()
}

fn look(picture: Option<&[u8]>) -> Look<'_> {
    Look { subject: Subject::Award, accent: "#1f5f8b", on_accent: "white", picture, issuer: None }
}

fn pixels(png: &[u8]) -> image::RgbImage {
    image::load_from_memory(png).unwrap().into_rgb8()
}

/// Where a card differs from one without texts: left, top, right, bottom.
fn printed(press: &DrawingPress<Card>, ground: &Ground, text: &Text<'_>) -> Option<(u32, u32, u32, u32)> {
    let empty = Text { name: "".into(), badge: "".into(), dates: vec![], place: "".into(), ..kate() };
    let plain = pixels(&press.draw(ground, &empty).unwrap());
    let card = pixels(&press.draw(ground, text).unwrap());
    let mut bounds: Option<(u32, u32, u32, u32)> = None;
    for (x, y, pixel) in card.enumerate_pixels() {
        if pixel != plain.get_pixel(x, y) {
            let (l, t, r, b) = bounds.unwrap_or((x, y, x, y));
            bounds = Some((l.min(x), t.min(y), r.max(x), b.max(y)));
        }
    }
    bounds
}

#[test]
fn a_card_is_a_png_of_1200_by_630_under_300_kb() {
    let press = press();
    let png = press.draw(&background(&press), &kate()).unwrap();
    assert_eq!(pixels(&png).dimensions(), (WIDTH, HEIGHT));
    assert!(png.len() < 300_000, "{} bytes", png.len());
}

#[test]
fn the_same_inputs_give_the_same_bytes_whatever_was_drawn_before() {
    let (first, second) = (press(), press());
    let wanted = first.draw(&background(&first), &kate()).unwrap();
    let ground = background(&second);
    for n in 0..200 {
        let name = format!("Somebody Else {n}");
        second.draw(&ground, &Text { name: name.into(), ..kate() }).unwrap();
    }
    assert_eq!(second.draw(&ground, &kate()).unwrap(), wanted);
}

#[test]
fn cards_are_drawn_by_many_threads_at_once() {
    let press = press();
    let ground = background(&press);
    let wanted = press.draw(&ground, &kate()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(press.draw(&ground, &kate()).unwrap(), wanted));
        }
    });
}

#[test]
fn hostile_texts_stay_in_their_box_and_take_no_time() {
    let press = press();
    let ground = press.ground(&look(None)).unwrap();
    let long = "W".repeat(10_000);
    let many = "Wolfe schlegel ".repeat(700);
    let zalgo = format!("Z{}", "\u{30d}\u{316}".repeat(5_000));
    let emoji = "👩‍👩‍👧‍👦🎉".repeat(1_000);
    let closing = "</text></svg><script>alert(1)</script>&amp;&#x202e;".repeat(100);
    let controls = "a\u{0}b\u{8}c\u{1b}[31m\u{202e}\u{ffff}\u{fffe}";
    let template = "{{ name }}{% include 'x' %}{# #}";
    for name in [&long, &many, &zalgo, &emoji, &closing, controls, template] {
        let text =
            Text { name: name.into(), badge: name.into(), dates: vec![name.into(); 3], place: name.into(), ..kate() };
        let started = Instant::now();
        let bounds = printed(&press, &ground, &text);
        assert!(started.elapsed() < Duration::from_secs(20), "{name:.20}");
        if let Some((left, top, right, bottom)) = bounds {
            assert!(left >= 470 && right <= 1142 && top >= 20 && bottom <= 600, "{name:.20} {bounds:?}");
        }
    }
}

#[test]
fn a_name_that_no_font_draws_is_left_out_and_the_rest_closes_up() {
    let press = press();
    let ground = background(&press);
    let without = press.draw(&ground, &Text { name: "".into(), ..kate() }).unwrap();
    assert_eq!(press.draw(&ground, &Text { name: "王小明".into(), ..kate() }).unwrap(), without);
    assert_eq!(press.draw(&ground, &Text { name: "Wang 王".into(), ..kate() }).unwrap(), without);
    assert_ne!(press.draw(&ground, &kate()).unwrap(), without);
}

#[test]
fn a_missing_picture_and_a_bad_one() {
    let press = press();
    press.ground(&look(None)).unwrap();
    let refused = press.ground(&look(Some(b"GIF89a"))).unwrap_err();
    assert!(matches!(refused, DrawError::Picture(_)));
}

#[test]
fn a_colour_that_is_none_is_refused() {
    let press = press();
    for accent in ["", "#12", "blueish", "#000\"/><script>", "rgba(0,0,0,0.5)"] {
        let refused = press.ground(&Look { accent, ..look(None) }).unwrap_err();
        assert_eq!(refused, DrawError::Colour { value: accent.into() });
    }
    press.ground(&Look { accent: "teal", ..look(None) }).unwrap();
}

#[test]
fn errors_in_a_template_name_its_line() {
    let fonts = || Fonts::new(&[]).unwrap();
    for (template, line, words) in [
        ("<svg>\n{% if layer %}", 2, ""),
        ("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\">\n\n{{ nme }}</svg>", 3, "nme"),
    ] {
        match DrawingPress::<Card>::new(template, fonts()).unwrap_err() {
            DrawError::Template { line: at, message, .. } => {
                assert_eq!(at, line);
                assert!(message.contains(words), "{message}");
            }
            other => panic!("{other}"),
        }
    }
    let around = |layer: &str, inside: &str| {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 630\">\n{{% if layer == \"{layer}\" %}}\n{inside}{{% endif %}}</svg>"
        )
    };
    for (layer, inside, words) in [
        ("text", "<rect width='1' height='1'/>", "background layer"),
        ("text", "<text>no box</text>", "data-fit"),
        ("text", "<text data-fit='640 2 64'>x</text>", "4 numbers"),
        ("text", "<text data-fit='640 2 20 30'>x</text>", "largest and smallest"),
        ("text", "<text data-fit='640 2 64 30' fill='blueish'>x</text>", "no colour"),
        ("text", "<g data-stack='1 2'/>", "3 numbers"),
        ("text", "<g data-stack='1 2 3'><g/></g>", "only <text"),
        ("text", "<g>", ""),
        ("background", "<text data-fit='640 2 64 30'>x</text>", "text layer"),
        ("background", "<rect>", ""),
    ] {
        match DrawingPress::<Card>::new(&around(layer, inside), fonts()).unwrap_err() {
            DrawError::Drawn { line, message, .. } => {
                assert_eq!(line, 3, "{inside}: {message}");
                assert!(message.contains(words), "{inside}: {message}");
            }
            other => panic!("{inside}: {other}"),
        }
    }
}

#[test]
fn text_is_printed_in_its_full_colour() {
    let press = press();
    let card = pixels(&press.draw(&background(&press), &kate()).unwrap());
    let name = image::Rgb([0x11, 0x22, 0x33]);
    let accent = image::Rgb([0x1f, 0x5f, 0x8b]);
    assert!(card.pixels().filter(|pixel| **pixel == name).count() > 2_000);
    assert!(card.pixels().filter(|pixel| **pixel == accent).count() > 1_000);
    assert_eq!(*card.get_pixel(1190, 10), image::Rgb([0xfb, 0xfa, 0xf5]));
}

#[test]
fn the_background_cannot_name_files() {
    let theme = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 630\">\
        {% if layer == \"background\" %}<image href=\"/etc/hostname\" width=\"9\" height=\"9\"/>{% endif %}</svg>";
    let press = DrawingPress::<Card>::new(theme, Fonts::new(&[]).unwrap()).unwrap();
    let card = press.draw(&press.ground(&look(None)).unwrap(), &kate()).unwrap();
    assert!(pixels(&card).pixels().all(|pixel| pixel.0 == [255; 3]));
}
