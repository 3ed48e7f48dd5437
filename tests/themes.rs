//! Themes of a site's own: what they can replace, what their templates get, and that the tour of them is true.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::TestSite;

/// A picture that is made in more than one size.
fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::GrayImage::new(300, 300).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A site with something of everything, so that its templates get all that templates can get.
fn full() -> TestSite {
    let site = TestSite::new();
    site.file(
        "site.yaml",
        "title: Test Badges\ndescription: About badges.\nbase_url: https://badges.test.example/\nlanguages: [en, es]\n\
         timezone: America/New_York\nstale_after: 14 days\nedit_url: https://git.example/edit/\ntheme: own\n\
         issuer: {name: Test Association, url: 'https://test.example/', email: info@test.example, description: We test., image: logo.svg}\n\
         menu: [{label: FAQ, to: faq/}]\noutputs: {share_card: true, qr_svg: true, qr_png: true, oembed: true, certificate_pdf: true}\n",
    )
    .file("content/logo.svg", common::PICTURE)
    .file("content/badges/ccxp.png", picture())
    .file(
        "content/badges/badges.yaml",
        "badges:\n  - id: ccxp\n    name: Certified\n    abbreviation: CCXP\n    kind: Certification\n    description: One sentence.\n    \
         criteria: Much.\n    image: ccxp.png\n    skills: [Listening]\n    validity: 3 years\n    renewal: {url: 'https://test.example/renew', question: renew}\n",
    )
    .file(
        "content/earners/2026.yaml",
        "exported_at: 2026-11-20T06:00:00Z\nearners:\n  - id: e-1\n    name: Katherine Osei\n    preferred_name: Kate Osei\n    email: kate@mail.example\n    visibility: public\n    \
         company: Acme\n    job_title: Head\n    awards:\n      - {id: award-old, badge: ccxp, issued: 2021-03-01, expires: 2024-03-01}\n      \
         - id: award-kate\n        badge: ccxp\n        issued: 2024-03-01\n        expires: 2027-01-01\n        renewed: [2024-03-01]\n        replaces: award-old\n        aliases: [oldcode]\n        \
         evidence: [{name: Work, url: 'https://work.example/', narrative: Good.}]\n  \
         - id: e-2\n    name: Ann Onymous\n    visibility: private\n    awards: [{id: award-ann, badge: ccxp, issued: 2024-03-01}]\n  \
         - id: e-3\n    name: Rae Voked\n    visibility: public\n    awards: [{id: award-rae, badge: ccxp, issued: 2024-03-01, status: revoked, reason: Fee unpaid}]\n",
    )
    .file("content/earners/many.yaml", many())
    .file(
        "content/badges/more.yaml",
        "badges:\n  - {id: member, name: Member, description: One sentence., image: ccxp.svg}\n",
    )
    .file("content/faq/index.md", "---\ntitle: Questions\ndescription: All of them.\nupdated: 2026-01-01\n---\nIntro.\n")
    .file("content/faq/renew.md", "---\ntitle: Renewing\ndescription: How.\norder: 1\nupdated: 2026-01-01\n---\nIntro.\n\n## How? {#renew when=expired,expiring badge=ccxp}\n\nSo.\n")
    .file("content/faq/share.md", "---\ntitle: Sharing\norder: 2\n---\n## Where? {#share}\n\nThere.\n")
    .file("content/faq/third.md", "---\ntitle: Third\norder: 3\n---\n## What? {#third}\n\nThat.\n")
    .file("content/guides/index.md", "---\ntitle: Guides\n---\nGuides.\n")
    .file("content/guides/a.md", "---\ntitle: A\norder: 1\n---\nText.\n")
    .file("content/guides/b.md", "---\ntitle: B\norder: 2\ndescription: Of B.\nupdated: 2026-01-01\ndownload: b.pdf\n---\n## One\n\n## Two\n\n## Three\n")
    .file("content/guides/c.md", "---\ntitle: C\norder: 3\n---\nText.\n")
    .file("content/guides/b.pdf", "%PDF-1.4")
    .sign()
    .replace("site.yaml", "secret: keys/secret", "secret: keys/secret, verifier: 'https://verifier.example/?url={url}'");
    site
}

/// More public people than one page shows, so that their list is cut up; one of them holds another badge.
fn many() -> String {
    let person = |number: usize| {
        let badge = if number == 0 { "member" } else { "ccxp" };
        format!(
            "  - {{id: m-{number}, name: Many {number}, visibility: public, \
             awards: [{{id: award-many-{number}, badge: {badge}, issued: 2024-03-01}}]}}\n"
        )
    };
    (0..420).fold("earners:\n".to_owned(), |text, number| text + &person(number))
}

/// What a template is given, collected from every page that it makes: `award.status`, `badges[].name`.
type Variables = BTreeMap<String, BTreeSet<String>>;

/// Reads a value as the template engine prints it: JSON but for strings in templates' own form and nothing at all
/// where there is no value.
struct Dump<'a> {
    rest: &'a str,
}

impl Dump<'_> {
    fn eat(&mut self, token: char) -> bool {
        self.rest = self.rest.trim_start();
        let found = self.rest.starts_with(token);
        if found {
            self.rest = &self.rest[token.len_utf8()..];
        }
        found
    }

    fn string(&mut self) -> String {
        assert!(self.eat('"'), "{}", &self.rest[..self.rest.len().min(80)]);
        let mut out = String::new();
        let mut escaped = false;
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return out;
                }
                _ => {}
            }
            out.push(c);
        }
        panic!("a text without an end: {out}")
    }

    fn value(&mut self, path: &str, found: &mut BTreeSet<String>) {
        if self.eat('{') {
            while !self.eat('}') {
                let key = self.string();
                assert!(self.eat(':'));
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                found.insert(path.clone());
                self.value(&path, found);
                self.eat(',');
            }
        } else if self.eat('[') {
            let path = format!("{path}[]");
            while !self.eat(']') {
                self.value(&path, found);
                self.eat(',');
            }
        } else if self.rest.trim_start().starts_with('"') {
            self.string();
        } else {
            let end = self.rest.find([',', '}', ']']).unwrap_or(self.rest.len());
            self.rest = &self.rest[end..];
        }
    }
}

const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/themes/default/templates");

/// Builds the full site with a theme whose templates only print what they are given.
fn variables() -> Variables {
    let site = full();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(TEMPLATES).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".html") && name != "base.html" {
            let template = format!(
                "<title>x</title><script type=\"application/json\" id=\"{name}\">{{{{ __tera_context | safe }}}}</script>"
            );
            site.file(&format!("themes/own/templates/{name}"), template);
            names.push(name);
        }
    }
    site.build_at("2026-12-01").ok();
    let mut all = Variables::new();
    for (path, bytes) in site.tree() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((_, after)) = text.split_once("<script type=\"application/json\" id=\"") else { continue };
        let (name, rest) = after.split_once("\">").unwrap();
        assert!(names.iter().any(|known| known == name), "{path}");
        let mut found = BTreeSet::new();
        Dump { rest }.value("", &mut found);
        all.entry(name.to_owned()).or_default().extend(found);
    }
    for name in names {
        assert!(all.contains_key(&name), "no page is made by {name}");
    }
    all
}

/// The variables that the tour lists, by the template it lists them under; `*` is every template.
fn documented() -> Variables {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/themes.md")).unwrap();
    let mut all = Variables::new();
    let mut templates: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') {
            templates = line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            if line.contains("Every page") {
                templates = vec!["*".to_owned()];
            }
        }
        if let Some(cell) = line.strip_prefix("| `").and_then(|rest| rest.split(" | ").next()) {
            let names = format!("`{cell}");
            for template in &templates {
                all.entry(template.clone()).or_default().extend(names.split('`').skip(1).step_by(2).map(str::to_owned));
            }
        }
    }
    all
}

#[test]
fn the_tour_of_themes_names_every_variable_and_no_other() {
    let (given, told) = (variables(), documented());
    let every = told.get("*").expect("a chapter “Every page”");
    // Words are listed in the theme's own file of them.
    let is_word = |path: &str| path == "w" || path.starts_with("w.");
    // And files are those that the theme has.
    let file = |path: &String| if path.starts_with("assets.") { "assets.NAME".to_owned() } else { path.clone() };
    let mut problems = Vec::new();
    for (template, paths) in &given {
        let own = told.get(template).cloned().unwrap_or_default();
        let paths: BTreeSet<_> = paths.iter().filter(|path| !is_word(path)).map(file).collect();
        for path in paths.iter().filter(|path| !every.contains(*path) && !own.contains(*path)) {
            problems.push(format!("{template} gets `{path}`, which the tour does not name"));
        }
        for path in own.iter().filter(|path| !paths.contains(*path)) {
            problems.push(format!("the tour names `{path}` under {template}, which does not get it"));
        }
    }
    let somewhere: BTreeSet<_> = given.values().flatten().map(file).collect();
    for path in every.iter().filter(|path| !somewhere.contains(*path)) {
        problems.push(format!("the tour names `{path}` for every page, and none gets it"));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
#[ignore = "prints what templates get, for whoever writes the tour"]
#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn print_variables() {
    let given = variables();
    let mut every: BTreeSet<String> = given.values().next().unwrap().clone();
    for paths in given.values() {
        every = every.intersection(paths).cloned().collect();
    }
    println!("every: {every:?}");
    for (template, paths) in &given {
        let own: Vec<_> = paths.difference(&every).filter(|path| !path.starts_with("w.")).collect();
        println!("{template}: {own:?}");
    }
}

/// A small theme of a site's own: another frame, another style, one word, a file.
fn plain_theme() -> TestSite {
    let site = TestSite::new();
    site.replace("site.yaml", "issuer:", "theme: plain\naccent: \"#7a1f5f\"\nissuer:")
        .file("themes/plain/theme.yaml", "name: plain\ndescription: Nothing but text.\n")
        .file(
            "themes/plain/templates/base.html",
            "<!DOCTYPE html>\n<html lang=\"{{ site.language }}\" dir=\"{{ site.dir }}\">\n<head>\n{% include \"partials/head.html\" %}\n\
             {% block head %}{% endblock %}\n</head>\n<body class=\"plain-theme {% block class %}{% endblock %}\">\n\
             <main>{% block main %}{% endblock %}</main>\n<footer>{{ w.motto | fill(issuer=issuer.name) }}</footer>\n</body>\n</html>\n",
        )
        .file("themes/plain/templates/style.css", "body { color: {{ accent.light }} }\n")
        .file("themes/plain/i18n/en.yaml", "motto: \"Stands behind it: {issuer}\"\nword_active: \"In force\"\n")
        .file("themes/plain/static/plain.txt", "plain\n");
    site
}

#[test]
fn a_small_theme_takes_the_place_of_what_it_has_and_of_nothing_else() {
    let site = plain_theme();
    site.build().ok();
    let page = site.out("verify/award-kate/index.html");
    assert!(page.contains("<body class=\"plain-theme award\">"), "{page}");
    assert!(page.contains("<footer>Stands behind it: Test Association</footer>"), "{page}");
    // The page itself, its head and all other words are the built-in theme's.
    assert!(page.contains("data-status=\"active\"") && page.contains("Valid until") && page.contains("og:title"));
    assert!(!page.contains("class=\"foot\""));
    assert_eq!(site.out("plain.txt"), "plain\n");
    assert!(site.out(&site.asset("style.css")).contains("#7a1f5f"));
    site.asset("site.js");
    assert!(site.has("icon.svg"));
}

#[test]
fn hosts_keep_assets_for_ever_and_ask_for_all_else_again() {
    let site = plain_theme();
    site.file("content/Über uns/form.pdf", "%PDF-1.4").file("content/imprint.md", "# Imprint\n");
    for host in ["netlify", "cloudflare"] {
        site.file("site.yaml", format!("{}hosting: {host}\ntheme: plain\n", common::SITE));
        site.build().ok();
        let headers = site.out("_headers");
        assert!(headers.contains("/_assets/*\n  Cache-Control: public, max-age=31536000, immutable\n"), "{headers}");
        // A rule for each thing at the top of the output, and none that takes in assets: hosts put equal headers together.
        let kept: Vec<&str> = headers.split('\n').collect();
        let rules: BTreeSet<&str> =
            kept.windows(2).filter(|pair| pair[1] == "  Cache-Control: no-cache").map(|pair| pair[0]).collect();
        for path in site.tree().into_keys().filter(|path| !path.starts_with(['_', '.'])) {
            let path = path.replace("Über uns", "%C3%9Cber%20uns");
            let path = path.strip_suffix("index.html").filter(|path| path.is_empty()).unwrap_or(&path);
            let rule = path.split_once('/').map_or(format!("/{path}"), |(folder, _)| format!("/{folder}/*"));
            assert!(rules.contains(rule.as_str()), "{rule}: {headers}");
        }
        assert!(!rules.contains("/*") && headers.matches("/*\n").count() > 1, "{headers}");
    }
}

#[test]
fn a_change_of_the_theme_changes_what_it_makes() {
    let site = plain_theme();
    site.build().ok();
    let (before, old) = (site.tree(), site.asset("style.css"));
    site.replace("themes/plain/templates/style.css", "body", "html");
    site.build().ok();
    let (now, new) = (site.tree(), site.asset("style.css"));
    assert!(new != old && !site.has(&old), "an old page never meets a new style sheet");
    for (path, bytes) in now.iter().filter(|(path, bytes)| before.get(*path) != Some(*bytes) && **path != new) {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(text.replace(&new, &old).as_bytes(), &before[path], "{path} has changed in nothing but the name");
    }
}

#[test]
fn what_a_template_asks_for_and_does_not_get_is_shown_on_its_own_line() {
    let site = plain_theme();
    site.replace("themes/plain/templates/base.html", "<main>", "<p>{{ issuer.nmae }}</p>\n<main>");
    insta::assert_snapshot!(site.build().refused());
}
