//! The issuer's colour, made readable on both papers.
//!
//! An association's colour is chosen for print and for one background. Here it has to
//! be text and button on light paper and on dark, so it is moved towards black or white
//! just as far as WCAG 2.2 asks for (4.5 to 1, success criterion 1.4.3) and no further.

use serde::Serialize;

/// The issuer's colour in the forms that style sheets and cards need, as CSS colours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accent {
    /// On light paper.
    pub light: String,
    /// Text on [`Self::light`].
    pub light_text: String,
    /// On dark paper.
    pub dark: String,
    /// Text on [`Self::dark`].
    pub dark_text: String,
    /// A trace of the colour on light paper.
    pub tint_light: String,
    /// A trace of the colour on dark paper.
    pub tint_dark: String,
}

type Rgb = [f64; 3];

/// The papers of the built-in theme at their least contrast.
const LIGHT_PAPER: Rgb = [0.961, 0.949, 0.918];
const DARK_PAPER: Rgb = [0.129, 0.118, 0.102];
const BLACK: Rgb = [0.0; 3];
const WHITE: Rgb = [1.0; 3];
/// WCAG 2.2, success criterion 1.4.3.
const ENOUGH: f64 = 4.6;

impl Accent {
    /// Of a colour `#rrggbb`.
    pub fn new(colour: &str) -> Self {
        let own = parse(colour);
        let light = until_readable(own, LIGHT_PAPER, BLACK);
        let dark = until_readable(own, DARK_PAPER, WHITE);
        Self {
            light_text: css(text_on(light)),
            dark_text: css(text_on(dark)),
            tint_light: css(mix(own, WHITE, 0.92)),
            tint_dark: css(mix(own, DARK_PAPER, 0.80)),
            light: css(light),
            dark: css(dark),
        }
    }
}

fn parse(colour: &str) -> Rgb {
    let channel = |at: usize| {
        colour
            .get(at..at + 2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .map_or(0.0, |value| f64::from(value) / 255.0)
    };
    [channel(1), channel(3), channel(5)]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a channel is between 0 and 1")]
fn css(colour: Rgb) -> String {
    let [r, g, b] = colour.map(|channel| (channel.clamp(0.0, 1.0) * 255.0).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn mix(from: Rgb, to: Rgb, share: f64) -> Rgb {
    [0, 1, 2].map(|i| from[i] + (to[i] - from[i]) * share)
}

/// Relative luminance (WCAG 2.2, definitions).
fn luminance(colour: Rgb) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Contrast ratio (WCAG 2.2, definitions).
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn text_on(colour: Rgb) -> Rgb {
    if contrast(colour, WHITE) >= contrast(colour, BLACK) { WHITE } else { BLACK }
}

fn until_readable(colour: Rgb, paper: Rgb, towards: Rgb) -> Rgb {
    (0..=100)
        .map(|step| mix(colour, towards, f64::from(step) / 100.0))
        .find(|candidate| contrast(*candidate, paper) >= ENOUGH)
        .unwrap_or(towards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_colour_becomes_readable_on_both_papers() {
        for colour in ["#1f5f8b", "#ffff00", "#000000", "#ffffff", "#ff0000", "#8b1f5f", "#7f7f7f"] {
            let accent = Accent::new(colour);
            assert!(contrast(parse(&accent.light), LIGHT_PAPER) >= 4.5, "{colour} {accent:?}");
            assert!(contrast(parse(&accent.dark), DARK_PAPER) >= 4.5, "{colour} {accent:?}");
            assert!(contrast(parse(&accent.light), parse(&accent.light_text)) >= 4.5, "{colour} {accent:?}");
            assert!(contrast(parse(&accent.dark), parse(&accent.dark_text)) >= 4.5, "{colour} {accent:?}");
        }
    }

    #[test]
    fn a_colour_that_is_readable_stays_as_it_is() {
        assert_eq!(Accent::new("#1f5f8b").light, "#1f5f8b");
    }
}
