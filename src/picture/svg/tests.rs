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

const RED: &str = "<rect width='40' height='30' fill='red' filter='url(#f)'/>";

fn filtered(inside: &str) -> String {
    format!("<filter id='f'>{inside}</filter>{RED}")
}

#[test]
fn filters_that_take_as_long_as_their_numbers_say_are_refused_with_what_to_do() {
    for inside in [
        "<feTurbulence baseFrequency='0.1' seed='-2147483648'/>",
        "<feTurbulence baseFrequency='1e38' numOctaves='2000000000'/>",
        "<feConvolveMatrix order='4294967295' kernelMatrix='1'/>",
        "<feMorphology radius='10'/>",
        "<feDisplacementMap in2='SourceGraphic' scale='1e38'/>",
        "<feImage href='#f'/>",
        "<feTile/>",
    ] {
        let error = with(&filtered(inside)).expect_err(inside);
        assert_eq!(error.at, Some((2, 16)), "{inside}");
        assert!(error.advice.contains("flatten"), "{error}");
    }
}

#[test]
fn effects_far_larger_than_the_picture_are_refused_however_they_are_written() {
    let long = "<feMerge><feMergeNode/><feMergeNode/></feMerge>".repeat(3000);
    for inside in [
        filtered("<feOffset dx='1e38'/>"),
        filtered("<feDropShadow dx='1e30'/>"),
        filtered("<feGaussianBlur stdDeviation='1e9'/>"),
        filtered("<feGaussianBlur stdDeviation='0 1e9'/>"),
        filtered("<feFlood width='1e38' x='-1e38'/>"),
        filtered(&"<feGaussianBlur stdDeviation='3'/>".repeat(300)),
        filtered(&long),
        format!("<g transform='scale(10000)'>{}</g>", filtered("<feGaussianBlur stdDeviation='3'/>")),
        format!(
            "<filter id='f' filterUnits='userSpaceOnUse' x='-1e30' width='1e38' height='9'><feFlood/></filter>{RED}"
        ),
        "<rect width='9' height='9' style='filter:blur(1e9px)'/>".into(),
        "<rect width='9' height='9' filter='blur(1e9mm)'/>".into(),
        "<rect width='9' height='9' style='filter: drop-shadow(1e9px 1e9px 1e9px red)'/>".into(),
        "<style>rect { filter: blur(1e9px) }</style><rect width='9' height='9'/>".into(),
        "<mask id='m' width='1e38' height='1e38' x='-1e38'><rect width='1e38' height='1e38'/></mask>\
         <rect width='9' height='9' mask='url(#m)'/>"
            .into(),
    ] {
        let error = with(&inside).expect_err(&inside);
        assert_eq!(error.at.map(|at| at.0), Some(2), "{inside}: {error}");
        assert!(error.advice.contains("PNG"), "{error}");
    }
}

#[test]
fn an_arc_of_astronomic_size_is_refused_before_it_becomes_millions_of_curves() {
    for path in ["M0 0A1e38 1e-38 1e38 1 1 1e38 1e38", "M0 0A1e+38 1 0 1 1 9 9", "M0,0a9999999999-1 0 1 1 9 9"] {
        let error = with(&format!("<path d='{path}'/>")).unwrap_err();
        assert_eq!(error.at, Some((2, 1)), "{path}: {error}");
    }
    with("<path d='M.00000000012345-5e-17.12345678901234 5e3a000000000012 1 0 1 1 9 9'/>").unwrap();
}

#[test]
fn what_takes_too_long_to_draw_is_refused() {
    let tile = "<pattern id='p' width='1e5' height='1e5' patternUnits='userSpaceOnUse'><path d='M0 0h9v9z'/></pattern>\
                <rect width='40' height='30' fill='url(#p)'/>";
    let layers = format!("{}<path d='M0 0h9v9z'/>{}", "<g opacity='.5'>".repeat(60), "</g>".repeat(60));
    with(&layers).unwrap();
    for inside in [
        "<path d='M0 0L9 9' stroke='red'/>".repeat(60_000),
        "<rect width='40' height='30'/>".repeat(5_000),
        "<path d='M0 0L400000 0' stroke='red' stroke-dasharray='1'/>".into(),
        tile.into(),
        format!("<g id='l'>{layers}</g>{}", "<use href='#l'/>".repeat(300)),
        format!("<text>{}</text>", "a".repeat(30_000)),
    ] {
        let error = with(&inside).unwrap_err();
        assert!(!error.advice.is_empty(), "{error}");
    }
}

#[test]
fn badges_with_shadows_glows_and_masks_are_drawn() {
    // As Inkscape, Illustrator and Figma write them.
    for inside in [
        "<filter id='f' x='-20%' y='-20%' width='140%' height='140%'><feGaussianBlur stdDeviation='1.2'/></filter>",
        "<filter id='f'><feFlood flood-opacity='.5' result='a'/><feComposite in='a' in2='SourceGraphic' operator='in'/>\
         <feGaussianBlur stdDeviation='1'/><feOffset dx='1' dy='1' result='b'/>\
         <feMerge><feMergeNode in='b'/><feMergeNode in='SourceGraphic'/></feMerge></filter>",
        "<filter id='f' color-interpolation-filters='sRGB'><feFlood flood-opacity='0' result='a'/>\
         <feColorMatrix in='SourceAlpha' values='0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 127 0'/><feOffset dy='4'/>\
         <feGaussianBlur stdDeviation='2'/><feBlend in2='a'/></filter>",
        "<filter id='f'><feSpecularLighting specularExponent='20' lighting-color='#fff'>\
         <fePointLight x='-50' y='-100' z='200'/></feSpecularLighting>\
         <feComponentTransfer><feFuncA type='linear' slope='.5'/></feComponentTransfer></filter>",
        "<mask id='m'><rect width='40' height='30' fill='#fff'/></mask><clipPath id='c'><circle r='9'/></clipPath>\
         <g mask='url(#m)' clip-path='url(#c)' opacity='.5'><circle r='9'/></g>\
         <rect width='9' height='9' style='filter:drop-shadow(0 1px 2px #0008)'/>",
    ] {
        let svg = format!("{HEAD}{inside}{RED}</svg>");
        draw(svg.as_bytes(), 64, &Fonts::new(&[]).unwrap()).expect(inside);
    }
}

#[test]
fn an_svg_that_is_too_large_is_not_said_to_have_no_size() {
    for size in ["width='1000000000' height='1'", "viewBox='0 0 1e30 1e30'", "width='1e39' height='5'"] {
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' {size}><g/></svg>");
        let error = inspect(svg.as_bytes()).unwrap_err();
        assert!(error.problem.contains("too large"), "{size}: {error}");
        assert_eq!(error.at, Some((1, 1)));
    }
}

/// Random numbers in random attributes of random elements, always the same ones. What is accepted must be drawn; a panic
/// would be an error here, as only what breaks in drawing becomes one after the check.
#[test]
fn random_numbers_in_accepted_drawings_break_nothing() {
    const NUMBERS: [&str; 18] = [
        "0",
        "-1",
        "1",
        "0.5",
        "3",
        "40",
        "-40",
        "1e-30",
        "1e-6",
        "100%",
        "-1e3",
        "1e4",
        "2147483648",
        "-2147483649",
        "4294967295",
        "1e9px",
        "1e38",
        "nan",
    ];
    const PARTS: [&str; 24] = [
        "<feOffset dx='@' dy='@'/>",
        "<feGaussianBlur stdDeviation='@ @'/>",
        "<feDropShadow dx='@' dy='@' stdDeviation='@'/>",
        "<feFlood x='@' y='@' width='@' height='@'/>",
        "<feColorMatrix type='saturate' values='@'/>",
        "<feColorMatrix values='@ 0 0 @ 0 0 @ 0 0 0 0 0 @ 0 0 0 0 0 @ @'/>",
        "<feComposite in='SourceGraphic' in2='SourceAlpha' operator='arithmetic' k1='@' k2='@' k3='@' k4='@'/>",
        "<feComponentTransfer><feFuncR type='gamma' exponent='@' amplitude='@'/></feComponentTransfer>",
        "<feComponentTransfer><feFuncR type='table' tableValues='@ @ @'/></feComponentTransfer>",
        "<feDiffuseLighting surfaceScale='@' diffuseConstant='@'><feDistantLight azimuth='@'/></feDiffuseLighting>",
        "<feSpecularLighting specularExponent='@'><feSpotLight x='@' z='@' limitingConeAngle='@'/></feSpecularLighting>",
        "<feMerge x='@' height='@'><feMergeNode/><feMergeNode in='SourceGraphic'/></feMerge>",
        "<rect x='@' y='@' width='@' height='@' rx='@'/>",
        "<circle cx='@' r='@' stroke='red' stroke-width='@' stroke-dasharray='@ @' stroke-miterlimit='@'/>",
        "<path d='M@ @L@ @C@ @ @ @ @ @A@ @ @ 1 1 @ @z' stroke='red' stroke-dashoffset='@' stroke-linejoin='round'/>",
        "<g transform='matrix(@ @ @ @ @ @)' opacity='.5'><rect width='@' height='9'/></g>",
        "<g transform='scale(@) rotate(@)' filter='url(#f)'><rect width='9' height='@'/></g>",
        "<g transform='scale(@)' mask='url(#m)'><rect width='9' height='@'/></g>",
        "<g clip-path='url(#c)' transform='skewX(@)'><rect width='@' height='9'/></g>",
        "<rect width='9' height='@' fill='url(#p)'/>",
        "<rect width='9' height='@' fill='url(#r)'/>",
        "<rect width='9' height='9' style='filter:blur(@px) drop-shadow(@px @px @px red)'/>",
        "<marker id='k' markerWidth='@' markerHeight='@'><rect width='@' height='9'/></marker>\
         <path d='M0 0L9 9L@ @' stroke='red' marker-end='url(#k)'/>",
        "<svg x='@' width='@' height='9' viewBox='0 @ 9 @'><rect width='9' height='9'/></svg>",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    let fonts = Fonts::new(&[]).unwrap();
    let mut accepted = 0;
    for _ in 0..400 {
        let one = PARTS[random(12)].to_owned() + PARTS[random(12)];
        let other = PARTS[12 + random(12)].to_owned() + PARTS[12 + random(12)];
        let template = format!(
            "<filter id='f' x='@' y='@' width='@' height='@'>{one}</filter>\
             <mask id='m' x='@' width='@' height='@'><rect width='@' height='9' fill='#fff'/></mask>\
             <clipPath id='c' transform='scale(@)'><rect x='@' width='@' height='9'/></clipPath>\
             <pattern id='p' width='@' height='@' patternTransform='scale(@)'><rect width='@' height='9'/></pattern>\
             <radialGradient id='r' r='@' fr='@' fx='@' gradientTransform='scale(@)'><stop offset='@'/>\
             <stop offset='@' stop-color='red'/></radialGradient>{other}{RED}"
        );
        // Most numbers stay usual ones: else nearly all would be refused.
        let mut svg = String::from(HEAD);
        for (number, piece) in template.split('@').enumerate() {
            if number > 0 {
                svg.push_str(if random(8) == 0 { NUMBERS[random(18)] } else { NUMBERS[random(6)] });
            }
            svg.push_str(piece);
        }
        svg.push_str("</svg>");
        if inspect(svg.as_bytes()).is_ok() {
            accepted += 1;
            draw(svg.as_bytes(), 48, &fonts).expect(&svg);
        }
    }
    assert!(accepted > 60, "{accepted}");
}
