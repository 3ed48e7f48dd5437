//! Pictures in the sizes that screens need, snippets to paste, and addresses that unfold elsewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::{fs, io::Cursor, time::SystemTime};

use common::{EARNERS, TestSite};
use image::RgbaImage;
use serde_json::Value;

const HOSTILE: &str = "'\"><script>alert(1)</script></textarea></a>&amp;amp; ${x} {{ site.title }}'";

/// A badge with a gradient and a transparent edge.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let image = RgbaImage::from_fn(width, height, |x, y| {
        let edge = x.min(y).min(width - 1 - x).min(height - 1 - y);
        let alpha = u8::try_from((edge.saturating_sub(6) * 25).min(255)).unwrap();
        let shade = |at: u32, side: u32| u8::try_from(at * 255 / side).unwrap();
        image::Rgba([shade(x, width), shade(y, height), 90, alpha])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A site whose addresses unfold elsewhere.
fn unfolding() -> TestSite {
    let site = TestSite::new();
    site.replace("site.yaml", "share_card: false}", "share_card: false, oembed: true}");
    site
}

/// A site whose badge has a picture of pixels.
fn with_picture(width: u32, height: u32) -> TestSite {
    let site = unfolding();
    site.file("content/badges/ccxp.png", picture(width, height)).remove("content/badges/ccxp.svg").replace(
        "content/badges/badges.yaml",
        "ccxp.svg",
        "ccxp.png",
    );
    site
}

fn bytes(site: &TestSite, path: &str) -> Vec<u8> {
    fs::read(site.at("public").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn png(site: &TestSite, path: &str) -> RgbaImage {
    image::load_from_memory_with_format(&bytes(site, path), image::ImageFormat::Png).unwrap().into_rgba8()
}

/// By another library than the one that wrote it.
fn webp(site: &TestSite, path: &str) -> RgbaImage {
    let bytes = bytes(site, path);
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(&bytes)).unwrap();
    let (width, height) = decoder.dimensions();
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut pixels).unwrap();
    if decoder.has_alpha() {
        RgbaImage::from_raw(width, height, pixels).unwrap()
    } else {
        image::DynamicImage::ImageRgb8(image::RgbImage::from_raw(width, height, pixels).unwrap()).into_rgba8()
    }
}

fn sizes(site: &TestSite) -> Vec<(String, (u32, u32))> {
    let paths =
        site.tree().into_keys().filter(|path| path.starts_with("badges/ccxp/badge-") || path.contains("/ccxp-"));
    let mut sizes: Vec<_> = paths
        .map(|path| {
            let image = if path.ends_with(".png") { png(site, &path) } else { webp(site, &path) };
            (common::plain_name(&path), image.dimensions())
        })
        .collect();
    sizes.sort();
    sizes
}

fn oembed(site: &TestSite) -> Value {
    serde_json::from_str(&site.out("verify/award-kate/oembed.json")).unwrap()
}

fn decide(site: &TestSite, line: &str) {
    site.file("content/earners/2026.yaml", format!("{EARNERS}        {line}\n"));
}

#[test]
fn every_size_is_made_in_proportion_and_in_both_formats() {
    let site = with_picture(800, 400);
    site.build().ok();
    assert_eq!(
        sizes(&site),
        [
            ("badge-240.png", (240, 120)),
            ("badge-720.png", (720, 360)),
            ("ccxp-240.png", (240, 120)),
            ("ccxp-240.webp", (240, 120)),
            ("ccxp-480.png", (480, 240)),
            ("ccxp-480.webp", (480, 240)),
            ("ccxp-720.png", (720, 360)),
            ("ccxp-720.webp", (720, 360)),
        ]
        .map(|(name, size)| (name.to_owned(), size))
    );
    assert_eq!(bytes(&site, "badges/ccxp.png"), picture(800, 400), "the original stays where it was");
}

#[test]
fn a_small_picture_is_never_scaled_up() {
    let site = with_picture(300, 300);
    site.build().ok();
    let made: Vec<_> = sizes(&site).into_iter().filter(|(name, _)| name.ends_with(".webp")).collect();
    assert_eq!(made, [("ccxp-240.webp".to_owned(), (240, 240)), ("ccxp-480.webp".to_owned(), (300, 300))]);
    assert_eq!(png(&site, "badges/ccxp/badge-480.png").dimensions(), (300, 300));
    let page = site.out("verify/award-kate/index.html");
    let webps = format!("/{} 240w, /{} 300w\"", site.asset("ccxp-240.webp"), site.asset("ccxp-480.webp"));
    assert!(page.contains(&webps), "{page}");
    assert!(!page.contains("ccxp-720"));

    let tiny = with_picture(100, 50);
    tiny.build().ok();
    assert_eq!(png(&tiny, "badges/ccxp/badge-240.png").dimensions(), (100, 50));
    assert!(!tiny.has("badges/ccxp/badge-480.png"));
    assert!(tiny.out("verify/award-kate/index.html").contains("width=&quot;100&quot; height=&quot;50&quot;"));
}

#[test]
fn both_formats_show_the_same_and_keep_what_is_transparent() {
    let site = with_picture(490, 490);
    site.build().ok();
    for size in [240, 480, 720] {
        let (png, webp) = (
            png(&site, &site.asset(&format!("ccxp-{size}.png"))),
            webp(&site, &site.asset(&format!("ccxp-{size}.webp"))),
        );
        assert_eq!(png.dimensions(), webp.dimensions());
        let shade = |pixel: &image::Rgba<u8>, at: usize| i32::from(pixel.0[at]) * i32::from(pixel.0[3]) / 255;
        let apart: i32 = png
            .pixels()
            .zip(webp.pixels())
            .map(|(a, b)| (0..3).map(|at| (shade(a, at) - shade(b, at)).abs()).sum::<i32>())
            .sum();
        let mean = f64::from(apart) / f64::from(png.width() * png.height() * 3);
        assert!(mean < 5.0, "{size}: {mean}");
        assert_eq!((png.get_pixel(0, 0).0[3], webp.get_pixel(0, 0).0[3]), (0, 0));
        let middle = png.width() / 2;
        assert_eq!((png.get_pixel(middle, middle).0[3], webp.get_pixel(middle, middle).0[3]), (255, 255));
    }
}

#[test]
fn a_flat_picture_is_the_same_pixel_by_pixel() {
    let site = unfolding();
    let large = format!("<!--{}--></svg>", "x".repeat(30_000));
    site.file("content/badges/ccxp.svg", common::PICTURE.replace("</svg>", &large));
    site.build().ok();
    for size in [240, 480, 720] {
        let png = png(&site, &site.asset(&format!("ccxp-{size}.png")));
        assert_eq!(png.dimensions(), (size, size), "a drawing is made in every size");
        let webp = webp(&site, &site.asset(&format!("ccxp-{size}.webp")));
        assert!(png.pixels().eq(webp.pixels()), "{size}");
    }
}

#[test]
fn pages_show_a_small_vector_itself_and_a_large_one_as_pixels() {
    let site = unfolding();
    site.build().ok();
    for path in ["verify/award-kate/index.html", "badges/ccxp/index.html", "index.html"] {
        let page = site.out(path);
        assert!(page.contains("src=\"/badges/ccxp.svg\"") && !page.contains("<picture"), "{path}: {page}");
    }
    let names = |site: &TestSite| -> Vec<String> { sizes(site).into_iter().map(|(name, _)| name).collect() };
    assert_eq!(names(&site), ["badge-240.png", "badge-720.png"], "for places that show no vectors");
    let noise: String = "<path d='M0 0h1'/>".repeat(4000);
    site.file(
        "content/badges/ccxp.svg",
        format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{noise}</svg>"),
    );
    site.build().ok();
    for path in ["verify/award-kate/index.html", "badges/ccxp/index.html", "index.html"] {
        let page = site.out(path);
        assert!(page.contains("<picture><source type=\"image/webp\"") && !page.contains("ccxp.svg"), "{path}: {page}");
        assert_eq!(page.matches("srcset=").count(), 2);
    }
    assert_eq!(names(&site).len(), 8);
}

#[test]
fn pictures_are_made_again_only_when_the_picture_changes() {
    let site = with_picture(260, 260);
    site.build().ok();
    let modified = || -> Vec<SystemTime> {
        ["badges/ccxp/badge-240.png".to_owned(), site.asset("ccxp-480.webp")]
            .map(|path| fs::metadata(site.at("public").join(path)).unwrap().modified().unwrap())
            .to_vec()
    };
    let before = modified();
    // All that pages depend on, but not pictures.
    site.replace("site.yaml", "Test Badges", "Other Badges")
        .replace("content/badges/badges.yaml", "One sentence.", "Another sentence.")
        .replace("content/earners/2026.yaml", "Kate Osei", "Kat Osei");
    site.build_at("2027-05-01").ok();
    assert_eq!(modified(), before);
    site.file("content/badges/ccxp.png", picture(261, 260));
    site.build().ok();
    assert!(modified().iter().zip(before).all(|(after, before)| *after != before));
}

#[test]
fn no_file_takes_the_place_of_a_picture_or_stands_in_an_awards_folder() {
    let site = unfolding();
    site.file("content/badges/ccxp/badge-240.png", picture(10, 10));
    assert!(site.build().refused().contains("is taken"));
    for path in ["verify/award-kate/seal.svg", "verify/AWARD-kate/more/page.md"] {
        let site = unfolding();
        site.file(
            &format!("content/{path}"),
            if path.ends_with("md") { "---\ntitle: T\n---\n" } else { common::PICTURE },
        );
        assert!(site.build().refused().contains("is taken"), "{path}");
    }
    let site = unfolding();
    decide(&site, "aliases: [verify/award-kate/more]");
    assert!(site.build().refused().contains("the alias `verify/award-kate/more` is taken"));
}

#[test]
fn oembed_has_what_the_specification_asks_for() {
    let site = with_picture(800, 400);
    site.build().ok();
    let bare = oembed(&site);
    assert_eq!(bare["version"], "1.0");
    assert_eq!(bare["type"], "photo");
    assert_eq!(bare["url"], "https://badges.test.example/badges/ccxp/badge-720.png");
    assert_eq!((&bare["width"], &bare["height"]), (&720.into(), &360.into()));
    assert_eq!(bare["thumbnail_url"], "https://badges.test.example/badges/ccxp/badge-240.png");
    assert_eq!((&bare["thumbnail_width"], &bare["thumbnail_height"]), (&240.into(), &120.into()));
    assert_eq!(bare["title"], "Kate Osei – Certified Customer Experience Professional");
    assert_eq!(bare["provider_name"], "Test Association");
    assert_eq!(bare["provider_url"], "https://badges.test.example/");
    let page = site.out("verify/award-kate/index.html");
    let link = "<link rel=\"alternate\" type=\"application/json+oembed\" \
                href=\"https://badges.test.example/verify/award-kate/oembed.json\"";
    assert!(page.contains(link), "{page}");

    site.replace("site.yaml", "share_card: false", "share_card: true");
    site.build().ok();
    let card = oembed(&site);
    assert_eq!(card["url"], "https://badges.test.example/verify/award-kate/card.png");
    assert_eq!((&card["width"], &card["height"]), (&1200.into(), &630.into()));
}

#[test]
fn what_does_not_count_today_unfolds_without_its_picture() {
    let site = unfolding();
    site.build().ok();
    let active = site.out("verify/award-kate/oembed.json");
    assert_eq!(oembed(&site)["type"], "photo");
    for (moment, same) in [("2024-02-29", false), ("2024-03-02", true), ("2027-06-01", true), ("2027-06-02", false)] {
        site.build_at(moment).ok();
        assert_eq!(site.out("verify/award-kate/oembed.json") == active, same, "{moment}");
        assert_eq!(oembed(&site)["type"], if same { "photo" } else { "link" }, "{moment}");
    }
    for line in [
        "status: revoked",
        "status: suspended",
        "\n      - {id: award-new, badge: ccxp, issued: 2026-01-01, replaces: award-kate}",
    ] {
        decide(&site, line);
        site.build().ok();
        let plain = oembed(&site);
        assert_eq!(plain["type"], "link", "{line}");
        assert_eq!(plain["title"], "Kate Osei – Certified Customer Experience Professional");
        let text = plain.to_string();
        assert!(!text.contains(".png") && !text.contains("revoked") && !text.contains("suspended"), "{text}");
        let page = site.out("verify/award-kate/index.html");
        assert!(!page.contains("<textarea"), "what does not count is not advertised");
    }
}

#[test]
fn a_private_award_has_neither_and_both_can_be_switched_off() {
    let site = unfolding();
    site.replace("content/earners/2026.yaml", "    awards:", "    visibility: private\n    awards:");
    site.build().ok();
    let files: Vec<_> = site.tree().into_keys().filter(|path| path.starts_with("verify/award-kate/")).collect();
    assert_eq!(files, ["verify/award-kate/index.html"]);
    assert!(!site.out("verify/award-kate/index.html").contains("oembed"));

    let site = TestSite::new();
    site.replace("site.yaml", "share_card: false}", "share_card: false}\nhosting: netlify");
    site.build().ok();
    assert!(!site.has("verify/award-kate/oembed.json"));
    assert!(!site.out("verify/award-kate/index.html").contains("oembed"));
    assert!(!site.out("_headers").contains("oembed"));
    site.replace("site.yaml", "share_card: false}", "share_card: false, oembed: true}");
    site.build().ok();
    assert!(site.out("_headers").contains("/verify/:award/oembed.json\n  Access-Control-Allow-Origin: *\n"));
}

#[test]
fn files_that_name_somebody_and_cannot_say_noindex_are_kept_from_crawlers() {
    let site = unfolding();
    site.build().ok();
    assert_eq!(
        site.out("robots.txt"),
        "User-agent: *\nAllow: /\nDisallow: /verify/*/oembed.json\n\n\
         Sitemap: https://badges.test.example/sitemap.xml\n"
    );
    site.replace("site.yaml", "share_card: false", "share_card: false, certificate_pdf: true").replace(
        "site.yaml",
        "issuer:",
        "hosting: netlify\nissuer:",
    );
    site.build().ok();
    let robots = site.out("robots.txt");
    for file in ["oembed.json", "certificate.pdf"] {
        assert!(robots.contains(&format!("Disallow: /verify/*/{file}\n")), "{robots}");
    }
    assert!(site.out("_headers").contains("/verify/:award/*\n  X-Robots-Tag: noindex\n"));
    // Below a path nobody reads the one, and the host sees the other's paths without it.
    site.replace("site.yaml", "https://badges.test.example/", "https://org.example/badges/");
    site.build().ok();
    assert!(!site.has("robots.txt"));
    assert!(site.out("_headers").contains("\n/verify/:award/*\n  X-Robots-Tag: noindex\n"));
    site.replace("site.yaml", "https://org.example/badges/", "https://badges.test.example/");
    site.replace("site.yaml", "hosting:", "indexing: true\nhosting:");
    site.build().ok();
    assert!(!site.out("robots.txt").contains("Disallow"));
    assert!(!site.out("_headers").contains("noindex"));
}

#[test]
fn a_hostile_name_breaks_out_of_neither_snippet_nor_json() {
    let site = unfolding();
    site.replace("content/earners/2026.yaml", "Kate Osei", HOSTILE);
    site.build().ok();
    let page = site.out("verify/award-kate/index.html");
    assert!(!page.contains("<script>alert") && !page.contains("\"><script"), "{page}");
    // The page's own text, once taken apart, is the snippet; in that the name is still an attribute's text.
    let once = |text: &str| {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    };
    let start = page.find("<textarea").and_then(|at| page[at..].find('>').map(|end| at + end + 1)).unwrap();
    let snippet = once(&page[start..start + page[start..].find("</textarea>").unwrap()]);
    assert_eq!(snippet.matches('<').count(), 3, "{snippet}");
    assert_eq!(snippet.matches('>').count(), 3, "{snippet}");
    assert!(snippet.starts_with("<a href=\"https://badges.test.example/verify/award-kate/\"><img src=\""), "{snippet}");
    assert!(snippet.ends_with(" style=\"border:0\"></a>"), "{snippet}");
    assert_eq!(snippet.matches('"').count(), 12, "{snippet}");
    assert!(!snippet.contains("on="), "{snippet}");
    let json = oembed(&site);
    let name = HOSTILE.trim_matches('\'');
    assert_eq!(json["title"], format!("{name} – Certified Customer Experience Professional"));
}

#[test]
fn the_path_of_the_base_address_is_in_every_picture_and_snippet() {
    let site = with_picture(250, 250);
    site.replace("site.yaml", "https://badges.test.example/", "https://org.example/badges");
    site.build().ok();
    let page = site.out("verify/award-kate/index.html");
    let webps = [site.asset("ccxp-240.webp"), site.asset("ccxp-480.webp")];
    assert!(page.contains(&format!("srcset=\"/badges/{} 240w, /badges/{} 250w", webps[0], webps[1])), "{page}");
    assert!(page.contains("https://org.example/badges/badges/ccxp/badge-240.png"));
    assert_eq!(oembed(&site)["provider_url"], "https://org.example/badges/");
}
