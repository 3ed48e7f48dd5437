//! The same work for Hugo: a site of the same awards that makes a page, a QR image and a JSON file of each.
//!
//! Pages say what ours say (status and dates, criteria, evidence, ways to share, what hosts and search engines read), in
//! plainer looks. Awards come in as one data file, and a content adapter makes a page of each, which is how Hugo is fed
//! from other systems.

use std::{fs, path::Path, process::Command};

use crate::{
    measure::{Ran, run},
    sites,
};

const SETTINGS: &str = "\
baseURL: https://badges.bench.example/
title: Bench
disableKinds: [home, section, taxonomy, term, rss, sitemap, robotstxt, '404']
outputFormats:
  record: {mediaType: application/json, baseName: oembed, isPlainText: true}
outputs: {page: [html, record]}
";

const ADAPTER: &str = r#"{{ range hugo.Data.awards }}{{ $.AddPage (dict "path" .id "title" .name "params" .) }}{{ end }}
"#;

const CARD: &str = r##"{{ $font := resources.Get "font.ttf" -}}
{{ $first := images.Text .Title (dict "font" $font "size" 60 "x" 90 "y" 210 "color" "#ffffff") -}}
{{ $second := images.Text $badge (dict "font" $font "size" 34 "x" 90 "y" 330 "color" "#dfe8f0") -}}
{{ $third := images.Text (printf "Valid through %s" .Params.expires) (dict "font" $font "size" 26 "x" 90 "y" 410 "color" "#a8bccd") -}}
{{ with (resources.Get "card.png").Filter $first $second $third -}}
<meta property="og:image" content="{{ .Permalink }}"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
{{- end }}"##;

const PAGE: &str = r#"{{ $badge := cond (eq .Params.badge "ccxp") "Certified Customer Experience Professional" "Professional Member" -}}
{{ $issued := time.AsTime .Params.issued }}{{ $expires := time.AsTime .Params.expires }}{{ $at := time.AsTime "2026-12-01" -}}
{{ $status := "active" -}}
{{ if .Params.revoked }}{{ $status = "revoked" }}{{ else if $expires.Before $at }}{{ $status = "expired" }}{{ else if $expires.Before ($at.AddDate 0 0 90) }}{{ $status = "expiring" }}{{ end -}}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }} · {{ $badge }}</title>
<meta name="description" content="{{ .Title }}: {{ $badge }}, issued {{ .Params.issued }}, valid through {{ .Params.expires }}">
<meta property="og:type" content="website"><meta property="og:title" content="{{ .Title }}"><meta property="og:url" content="{{ .Permalink }}"><meta property="og:description" content="{{ $badge }}">
CARD
<link rel="canonical" href="{{ .Permalink }}"><link rel="stylesheet" href="/style.css">
<link rel="alternate" type="application/json+oembed" href="{{ .Permalink }}oembed.json">
<script type="application/ld+json">{{ dict "@context" "https://schema.org" "@type" "EducationalOccupationalCredential" "name" $badge "url" .Permalink "recognizedBy" (dict "@type" "Organization" "name" "Bench Association") | jsonify | safeJS }}</script>
</head>
<body>
<header><a href="/">Bench</a> <nav><a href="/verify/">Check a badge</a> <a href="/faq/">FAQ</a></nav></header>
<main>
<h1>{{ .Title }}</h1><p>{{ .Params.job_title }}, {{ .Params.company }}</p>
<h2>{{ $badge }}</h2><p data-status="{{ $status }}">{{ $status | humanize }}</p>
<dl><dt>Issued</dt><dd><time datetime="{{ .Params.issued }}">{{ $issued.Format "2 January 2006" }}</time></dd>
<dt>Valid through</dt><dd><time datetime="{{ .Params.expires }}">{{ $expires.Format "2 January 2006" }}</time></dd></dl>
<section><h2>What it stands for</h2><ul><li>Bachelor degree and three years of full-time experience</li><li>Passed the proctored examination</li><li>Agreed to the code of ethics</li></ul></section>
<section><h2>Evidence</h2><ul><li><a href="{{ .Params.evidence }}">Portfolio</a></li></ul></section>
<section><h2>Share</h2><ul>
<li><a href="https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&amp;name={{ $badge | urlquery }}&amp;certUrl={{ .Permalink | urlquery }}&amp;certId={{ .Params.id }}">LinkedIn</a></li>
<li><a href="https://www.facebook.com/sharer/sharer.php?u={{ .Permalink | urlquery }}">Facebook</a></li>
<li><a href="https://x.com/intent/post?url={{ .Permalink | urlquery }}">X</a></li>
<li><a href="mailto:?body={{ .Permalink | urlquery }}">E-mail</a></li></ul></section>
{{ with images.QR .Permalink }}<img src="{{ .RelPermalink }}" width="{{ .Width }}" height="{{ .Height }}" alt="QR code">{{ end }}
</main>
<footer><p>Bench Association</p></footer>
</body>
</html>
"#;

const RECORD: &str = r#"{{ dict "version" "1.0" "type" "rich" "title" .Title "provider_name" "Bench" "provider_url" "https://badges.bench.example/" "html" (printf "<blockquote><a href=\"%s\">%s</a></blockquote>" .Permalink .Title) "width" 480 "height" 160 | jsonify }}
"#;

/// Writes a site of so many awards, with or without cards.
pub fn write(folder: &Path, awards: usize, cards: bool) {
    let file = |path: &str, bytes: &[u8]| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        fs::write(path, bytes).expect("it can be written");
    };
    let records: Vec<_> = sites::awards(awards)
        .map(|award| {
            serde_json::json!({
                "id": award.id, "name": award.name, "company": award.company, "job_title": award.job_title,
                "badge": award.badge, "issued": award.issued, "expires": award.expires, "revoked": award.revoked,
                "evidence": award.evidence(),
            })
        })
        .collect();
    file("data/awards.json", &serde_json::to_vec(&records).expect("it can be written as JSON"));
    file("hugo.yaml", SETTINGS.as_bytes());
    file("content/verify/_content.gotmpl", ADAPTER.as_bytes());
    file("layouts/verify/single.html", PAGE.replace("CARD", if cards { CARD } else { "" }).as_bytes());
    file("layouts/verify/single.record.json", RECORD.as_bytes());
    if cards {
        file("assets/font.ttf", dejavu::sans::regular());
        file("assets/card.png", &background());
    }
}

/// What cards are written on: 1200 by 630, of one colour.
fn background() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1200, 630);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("it can be encoded");
    writer.write_image_data(&[0x1f, 0x3a, 0x52].repeat(1200 * 630)).expect("it can be encoded");
    drop(writer);
    bytes
}

/// Runs Hugo on it. What an earlier run made, and what it kept to be faster, is gone.
pub fn build(program: &Path, folder: &Path) -> Ran {
    let cache = folder.join("cache");
    for made in ["public", "resources", "cache"] {
        let _ = fs::remove_dir_all(folder.join(made));
    }
    run(Command::new(program).args(["--noBuildLock", "--cacheDir"]).arg(cache).arg("--source").arg(folder))
}

/// Which Hugo it is.
pub fn version(program: &Path) -> String {
    let said = run(Command::new(program).arg("version")).output;
    let version = said.split_whitespace().find_map(|word| word.strip_prefix('v')?.split('-').next());
    version.unwrap_or("of an unknown version").to_owned()
}
