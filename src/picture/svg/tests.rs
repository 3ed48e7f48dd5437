use super::super::{Format, Picture, PictureError, draw, inspect};
use super::DEEPEST;
use crate::fonts::Fonts;

const HEAD: &str = "<svg xmlns='http://www.w3.org/2000/svg' \
                    xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 40 30'>";

fn with(inside: &str) -> Result<Picture, PictureError> {
    inspect(format!("{HEAD}\n{inside}\n</svg>").as_bytes())
}

#[test]
fn a_plain_svg_has_the_size_of_its_view_box() {
    let picture = with("<circle r='4'/>").unwrap();
    assert_eq!(picture, Picture { format: Format::Svg, width: 40, height: 30 });
}

#[test]
fn what_design_programs_write_is_accepted() {
    let inside = "<defs><linearGradient id='a'><stop offset='0' stop-color='#fff'/></linearGradient>\
        <linearGradient id='b' xlink:href='#a'/><filter id='f'><feGaussianBlur stdDeviation='2'/></filter>\
        <style type='text/css'>.s{fill:url(#b)}</style></defs>\
        <metadata xmlns:rdf='urn:rdf'><rdf:RDF rdf:about='http://elsewhere.example/'/></metadata>\
        <g filter='url(#f)' style='fill:#a00;stroke:url(&quot;#b&quot;)'><path class='s' d='M0 0h9v9z'/></g>\
        <use href='#a'/><text x='1' y='2'>A</text>";
    with(inside).unwrap();
    inspect(format!("\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<!-- a > b < c -->{HEAD}</svg>").as_bytes())
        .unwrap();
}

#[test]
fn what_could_run_or_load_is_refused_with_its_place() {
    for inside in [
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
        "<script xmlns=''>alert(1)</script>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
        "<iframe src='https://elsewhere.example/'/>",
        "<rect onload='alert(1)' width='1' height='1'/>",
        "<rect ONCLICK='alert(1)' width='1' height='1'/>",
        "<a href='javascript:alert(1)'><rect width='1' height='1'/></a>",
        "<use href='java&#10;script:alert(1)'/>",
        "<use xlink:href='other.svg#part'/>",
        "<image href='https://elsewhere.example/a.png'/>",
        "<image href='file:///etc/passwd'/>",
        "<image href='data:image/svg+xml;base64,PHN2Zy8+'/>",
        "<image href='data:text/html,hello'/>",
        "<rect fill='url(https://elsewhere.example/#a)'/>",
        "<rect style='fill: url ( \"//elsewhere.example/a\" )'/>",
        "<style>@import 'https://elsewhere.example/a.css';</style>",
        "<style>rect{fill:u\\72l(https://elsewhere.example/)}</style>",
        "<style>rect{background:URL(https://elsewhere.example/)}</style>",
        "<animate attributeName='href' to='#x'/>",
        "<set attributeName='onclick' to='alert(1)'/>",
        "<?xml-stylesheet href='https://elsewhere.example/a.css'?>",
        "<g xml:base='https://elsewhere.example/'/>",
    ] {
        let error = with(inside).expect_err(inside);
        assert_eq!(error.at.map(|at| at.0), Some(2), "{inside}: {error}");
        assert!(!error.advice.is_empty());
    }
}

#[test]
fn a_document_type_is_refused_before_parsing() {
    let bomb = "<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>\n\
                <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'>&b;</svg>";
    let error = inspect(bomb.as_bytes()).unwrap_err();
    assert_eq!(error.at, Some((1, 1)));
    assert!(error.problem.contains("DOCTYPE"));
}

#[test]
fn deep_nesting_is_refused_without_a_stack_overflow() {
    let deep = format!("{}{}", "<g>".repeat(100_000), "</g>".repeat(100_000));
    assert!(with(&deep).unwrap_err().problem.contains("deep"));
    let quoted = format!("{}{}", "<g id='/>'>".repeat(500), "</g>".repeat(500));
    assert!(with(&quoted).unwrap_err().problem.contains("deep"));
    let fine = format!("{}{}", "<g>".repeat(DEEPEST - 1), "</g>".repeat(DEEPEST - 1));
    with(&fine).unwrap();
}

#[test]
fn references_that_multiply_are_refused() {
    let mut inside = String::from("<defs><g id='a0'><rect width='1' height='1'/></g>");
    for n in 1..30 {
        let one = format!("<use href='#a{}'/>", n - 1);
        inside.push_str(&format!("<g id='a{n}'>{}</g>", one.repeat(10)));
    }
    inside.push_str("</defs><use href='#a29'/>");
    assert!(with(&inside).unwrap_err().problem.contains("many times"));
}

#[test]
fn a_part_that_contains_itself_is_refused() {
    for inside in [
        "<g id='a'><use href='#a'/></g>",
        "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>",
        "<pattern id='p'><rect fill='url(#p)' width='1' height='1'/></pattern>",
    ] {
        assert!(with(inside).unwrap_err().problem.contains("itself"), "{inside}");
    }
}

#[test]
fn a_chain_of_references_is_bounded() {
    let mut inside = String::from("<rect id='a0' width='1' height='1'/>");
    for n in 1..2_000 {
        inside.push_str(&format!("<use id='a{n}' href='#a{}'/>", n - 1));
    }
    assert!(with(&inside).is_err());
}

#[test]
fn an_svg_needs_a_size() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='100%'><g/></svg>";
    assert!(inspect(svg).unwrap_err().advice.contains("viewBox"));
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='40mm' height='30'><g/></svg>";
    assert_eq!(inspect(svg).unwrap().width, 152);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1e30 1e30'><g/></svg>";
    assert!(inspect(svg).is_err());
}

#[test]
fn what_is_no_svg_is_refused() {
    assert!(inspect(b"<html><body/></html>").is_err());
    assert!(inspect(b"<svg viewBox='0 0 1 1'/>").is_err());
    assert!(inspect(b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'>").is_err());
    let mut bad = format!("{HEAD}\n<text>").into_bytes();
    bad.push(0xff);
    assert_eq!(inspect(&bad).unwrap_err().at, Some((2, 7)));
}

#[test]
fn an_svg_of_many_megabytes_or_nodes_is_refused() {
    assert!(with(&" ".repeat(3 << 20)).unwrap_err().problem.contains("kB"));
    assert!(with(&"<g/>".repeat(150_000)).is_err());
}

#[test]
fn a_picture_inside_an_svg_is_drawn_only_if_it_would_be_accepted_alone() {
    // A PNG of one red pixel.
    let inside = "<image width='40' height='30' preserveAspectRatio='none' href='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='/>";
    let svg = format!("{HEAD}{inside}</svg>");
    let fonts = Fonts::new(&[]).unwrap();
    let pixmap = draw(svg.as_bytes(), 40, &fonts).unwrap();
    assert!(pixmap.pixels()[600].alpha() > 200);
}
