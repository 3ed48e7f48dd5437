//! Whether identities miss anything: hundreds of random edits of a site, each built from nothing.
//!
//! A file whose bytes are others after an edit must have another identity, or a build would leave the old bytes in
//! place. That is looked at from outside: two builds, all bytes, all identities. How often an identity changed although
//! the bytes did not is work for nothing; the test prints the rate (`cargo test --test identities -- --nocapture`).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and this one prints a rate"
)]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bonafide::{
    credential::keys::{JwtKey, Secret, SigningKey, SiteKeys},
    pipeline::{Options, Pipeline},
    source::scan,
};
use common::TestSite;

/// Sites: the seed of their edits, how many there are, what is made besides pages, and whether they sign. Drawing takes
/// most of the time.
const SITES: [(u64, usize, &str, bool); 4] = [
    (1, 120, "{share_card: false, people: true, qr_svg: true}", true),
    (20_261_126, 120, "{share_card: false, oembed: true, qr_png: true}", false),
    (77, 120, "{share_card: false, baked_badge: {baked}}", true),
    (4_242, 40, "{share_card: true, certificate_pdf: true}", false),
];

/// What a site signs with: the name of the choice is a value that edits may change.
fn keys(choice: &str) -> SiteKeys {
    let key = |seed: u8| SigningKey::new(&[seed; 32]);
    let public = |seed: u8| key(seed).public().unwrap();
    let first = SiteKeys {
        signing: key(1),
        jwt: Some(JwtKey::new(&[2; 32]).unwrap()),
        secret: Secret::new([3; 32]),
        retired: Vec::new(),
        compromised: Vec::new(),
    };
    match choice {
        "first" => first,
        "another key" => SiteKeys { signing: key(4), retired: vec![public(1)], ..first },
        "one compromised" => SiteKeys { signing: key(4), compromised: vec![public(1)], ..first },
        "no JWTs" => SiteKeys { jwt: None, ..first },
        "other JWTs" => SiteKeys { jwt: Some(JwtKey::new(&[5; 32]).unwrap()), ..first },
        "another secret" => SiteKeys { secret: Secret::new([6; 32]), ..first },
        other => panic!("{other}"),
    }
}

/// Small, fast and the same everywhere (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// The files of a site, each with values that edits may change: a text with `{name}` in it, and what each name may be.
#[derive(Clone)]
struct Model {
    files: BTreeMap<&'static str, &'static str>,
    values: BTreeMap<&'static str, (&'static [&'static str], usize)>,
    moment: usize,
    /// Files that are there or not.
    extras: BTreeMap<&'static str, (&'static str, bool)>,
    outputs: &'static str,
    signs: bool,
}

const MOMENTS: [&str; 6] = ["2026-12-01", "2026-12-02", "2027-01-15", "2027-05-01", "2027-06-02", "2030-01-01"];

const SITE: &str = "\
title: {title}
description: {description}
base_url: {base_url}
timezone: {zone}
languages: {languages}
theme: mine
notices: {notices}
issuer:
  name: {issuer}
  url: {issuer_url}
  email: {issuer_email}
  description: {issuer_description}
  linkedin_organization_id: {linkedin}
  image: images/issuer.svg
menu: {menu}
share: {share}
indexing: {indexing}
hosting: {hosting}
stale_after: {stale_after}
accent: \"{accent}\"
fonts: {fonts}
edit_url: {edit_url}
signing: {signing}
outputs: {outputs}
";

const BADGES: &str = "\
exported_at: {exported_at}
badges:
  - id: ccxp
    name: {badge_name}
    abbreviation: {abbreviation}
    kind: {kind}
    description: {badge_description}
    criteria: |
      {criteria}
    image: ccxp.svg
    skills: {skills}
    validity: {validity}
    renewal: {renewal}
  - id: member
    name: Member
    description: Belongs.
    image: {member_image}
";

const EARNERS: &str = "\
earners:
  - id: {id_1}
    name: {name_1}
    preferred_name: {preferred_1}
    email: {email_1}
    company: {company_1}
    job_title: {job_1}
    visibility: {visibility_1}
    awards:
      - id: first-award
        badge: {badge_1}
        issued: {issued_1}
        expires: {expires_1}
        status: {status_1}
        reason: {reason_1}
        renewed: {renewed_1}
        aliases: {aliases_1}
        evidence: {evidence_1}
      - id: second-award
        badge: {badge_2}
        issued: 2026-01-01
        expires: {expires_2}
        replaces: {replaces_2}
  - id: e-2
    name: Zoë Ærøskøbing
    visibility: public
    handle: {handle_2}
    awards:
      - {id: third-award, badge: member, issued: 2020-01-01, expires: {expires_3}}
  - id: e-3
    name: {name_3}
    visibility: {visibility_3}
    awards:
      - {id: fourth-award, badge: ccxp, issued: 2027-01-01, aliases: [vendor-code-a8F3xQ9s]}
";

const FAQ: &str = "\
---
title: {faq_title}
order: {faq_order}
updated: {faq_updated}
---
{faq_lead}

## {question_1} {#renew when={question_when} badge={question_badge}}

{answer_1}

## What is it? {#what}

{answer_2}
";

const GUIDE: &str = "\
---
title: {guide_title}
description: {guide_description}
draft: {guide_draft}
---
{guide_text}
";

const HOME: &str = "---\ntitle: Welcome\n---\n{home_text}\n";
const WORDS: &str = "{word_key}: {word}\n";
const FOOTER: &str = "<footer class=\"site-footer\">{footer} {{ site.title }} {{ w.home }}</footer>\n";
const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 {height}\"><circle cx=\"50\" cy=\"50\" r=\"{radius}\" fill=\"#246\"/></svg>";
const ISSUER_PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 40\"><path d=\"M0 0h{width}v40H0z\" fill=\"#135\"/></svg>";

const VALUES: &[(&str, &[&str])] = &[
    ("title", &["Test Badges", "Other Badges"]),
    ("description", &["Check a badge.", "See who holds what."]),
    ("base_url", &["https://badges.test.example/", "https://test.example/b/", "https://other.example/"]),
    ("zone", &["UTC", "America/New_York", "Asia/Tokyo"]),
    ("languages", &["[en]", "[en, de]", "[en, ar]", "[de]"]),
    ("notices", &["[90, 30]", "[60]"]),
    ("issuer", &["Test Association", "Société d’essai"]),
    ("issuer_url", &["https://test.example/", "https://association.example/"]),
    ("issuer_email", &["desk@test.example", "office@test.example"]),
    ("issuer_description", &["We test.", "We test \"everything\"."]),
    ("linkedin", &["1234567", "7654321"]),
    ("keys", &["first", "another key", "one compromised", "no JWTs", "other JWTs", "another secret"]),
    (
        "signing",
        &[
            "{key: k, secret: s}",
            "{key: k, secret: s, email_hash: false}",
            "{key: k, secret: s, verifier: 'https://verifier.example/?url={url}'}",
        ],
    ),
    ("baked", &["true", "false"]),
    ("menu", &["[]", "[{label: FAQ, to: faq/}]", "[{label: Ask, to: faq/}, {label: Us, to: 'https://test.example/'}]"]),
    ("share", &["[linkedin, link]", "[x, email]", "[]"]),
    ("indexing", &["false", "true"]),
    ("hosting", &["none", "netlify", "cloudflare", "github"]),
    ("stale_after", &["3000 days", "2000 days"]),
    ("accent", &["#1f5f8b", "#8b1f3f"]),
    ("fonts", &["[]", "[fonts/]"]),
    ("edit_url", &["https://git.example/edit/", "https://git.example/change/"]),
    ("exported_at", &["2026-11-20T06:00:00Z", "2026-11-21T06:00:00Z"]),
    ("badge_name", &["Certified Professional", "Certified Customer Professional"]),
    ("abbreviation", &["CCXP", "CXP"]),
    ("kind", &["Certification", "Diploma"]),
    ("badge_description", &["One sentence.", "Another sentence."]),
    ("criteria", &["Pass the **test**.", "See [the guide](../guides/first.md)."]),
    ("skills", &["[]", "[Listening]", "[Listening, Writing]", "[Writing, Listening, \u{1f41d}]"]),
    ("validity", &["3 years", "2 years"]),
    ("renewal", &["{question: renew}", "{url: 'https://test.example/renew'}"]),
    ("member_image", &["ccxp.svg", "other.svg"]),
    ("id_1", &["e-1", "e-17"]),
    ("name_1", &["Katherine Osei", "Katherine Osei-Bonsu"]),
    ("preferred_1", &["Kate Osei", "K. Osei", ""]),
    ("email_1", &["k.osei@mail.example", "kate@mail.example", ""]),
    ("company_1", &["Acme & Sons", "Widgets", ""]),
    ("job_1", &["Head of Service", "Engineer"]),
    ("visibility_1", &["public", "unlisted", "private"]),
    ("badge_1", &["ccxp", "member"]),
    ("issued_1", &["2024-03-01", "2024-03-02", "2024-03-01T12:00:00Z"]),
    ("expires_1", &["2027-06-01", "2027-05-31", "2027-06-01T17:00:00Z", ""]),
    ("status_1", &["", "revoked", "suspended"]),
    ("reason_1", &["", "Fee unpaid", "By request"]),
    ("renewed_1", &["[]", "[2025-01-01]"]),
    ("aliases_1", &["[]", "[s3kJd9aQxY72]", "[s3kJd9aQxY72, old/s3kJd9aQxY73]"]),
    (
        "evidence_1",
        &[
            "[]",
            "[{name: Portfolio, url: 'https://p.example/1'}]",
            "[{narrative: 'See ![a lamp](/images/lamp.svg)'}]",
            "[{narrative: Twice}, {narrative: Twice}, {name: Portfolio, url: 'https://p.example/2'}]",
        ],
    ),
    ("badge_2", &["ccxp", "member"]),
    ("expires_2", &["2027-06-01", "2029-01-01"]),
    ("replaces_2", &["", "first-award"]),
    ("handle_2", &["zoe", "zoe-a"]),
    ("expires_3", &["2027-01-14", "2029-01-01"]),
    ("name_3", &["Ada", "Zoë"]),
    ("visibility_3", &["private", "public", "unlisted"]),
    ("faq_title", &["Renewing", "Keeping it"]),
    ("faq_order", &["1", "2"]),
    ("faq_updated", &["2026-01-01", "2026-02-01"]),
    ("faq_lead", &["About renewing.", ""]),
    ("question_1", &["How do I renew?", "How can I *renew*?"]),
    ("question_when", &["expired,expiring", "active", "expired,expiring,active"]),
    ("question_badge", &["ccxp", "member"]),
    ("answer_1", &["Like this.", "Like this: [first](../guides/first.md).", "![lamp](../images/lamp.svg)"]),
    ("answer_2", &["A badge.", "A “badge”."]),
    ("guide_title", &["First steps", "First"]),
    ("guide_description", &["What to do first.", "Begin here."]),
    ("guide_draft", &["false", "false", "true"]),
    ("guide_text", &["Text.", "# Heading\n\n## Part\n\nText.", "![lamp](../images/lamp.svg)"]),
    ("home_text", &["Hello.", "Hello, *you*."]),
    ("word_key", &["home", "title_verify", "status_active_until"]),
    ("word", &["Start", "Begin {date}"]),
    ("footer", &["A", "B"]),
    ("height", &["100", "120"]),
    ("radius", &["40", "30"]),
    ("width", &["40", "20"]),
];

impl Model {
    fn new(outputs: &'static str, signs: bool) -> Self {
        let files = BTreeMap::from([
            ("site.yaml", SITE),
            ("content/badges/badges.yaml", BADGES),
            ("content/badges/ccxp.svg", PICTURE),
            ("content/badges/other.svg", ISSUER_PICTURE),
            ("content/images/issuer.svg", ISSUER_PICTURE),
            ("content/images/lamp.svg", PICTURE),
            ("content/earners/2026.yaml", EARNERS),
            ("content/index.md", HOME),
            ("content/faq/renew.md", FAQ),
            ("themes/mine/i18n/en.yaml", WORDS),
            ("themes/mine/templates/partials/footer.html", FOOTER),
        ]);
        let extras = BTreeMap::from([
            ("content/guides/first.md", (GUIDE, true)),
            ("content/guides/second.md", ("---\ntitle: Second\n---\nMore.\n", false)),
            ("content/faq/other.md", ("---\ntitle: Other\n---\n## Why? {#why when=active}\n\nSo.\n", false)),
            (
                "content/faq/renew.de.md",
                ("---\ntitle: Erneuern\n---\n## Wie? {#renew}\n\nSo.\n\n## Was? {#what}\n\nDas.\n", false),
            ),
            ("content/about.md", ("---\ntitle: About\n---\nUs.\n", false)),
            ("content/files/form.pdf", ("%PDF-1.4\n%%EOF\n", false)),
            ("themes/mine/static/own.css", ("p{color:red}", false)),
            ("themes/mine/templates/card.svg", (include_str!("../themes/default/templates/card.svg"), false)),
        ]);
        let values = VALUES.iter().map(|(name, values)| (*name, (*values, 0))).collect();
        Self { files, values, moment: 0, extras, outputs, signs }
    }

    /// Changes something, and says what.
    fn edit(&mut self, random: &mut Random) -> String {
        match random.below(12) {
            0 | 1 => {
                self.moment = random.below(MOMENTS.len());
                format!("moment {}", MOMENTS[self.moment])
            }
            2 => {
                let names: Vec<_> = self.extras.keys().copied().collect();
                let name = random.pick(&names);
                let there = &mut self.extras.get_mut(name).unwrap().1;
                *there = !*there;
                format!("{name} {}", if *there { "comes" } else { "goes" })
            }
            _ => {
                let names: Vec<_> = VALUES.iter().map(|(name, _)| *name).collect();
                let name = random.pick(&names);
                let (values, chosen) = self.values.get_mut(name).unwrap();
                *chosen = (*chosen + 1 + random.below(values.len() - 1)) % values.len();
                format!("{name}: {:?}", values[*chosen])
            }
        }
    }

    fn options(&self) -> Options {
        let (choices, chosen) = self.values["keys"];
        Options { keys: self.signs.then(|| Arc::new(keys(choices[chosen]))), ..Options::default() }
    }

    fn write(&self, site: &TestSite) {
        let fill = |text: &str| {
            self.values.iter().fold(text.replace("{outputs}", self.outputs), |text, (name, (values, chosen))| {
                text.replace(&format!("{{{name}}}"), values[*chosen])
            })
        };
        for (path, text) in &self.files {
            site.file(path, fill(text));
        }
        for (path, (text, there)) in &self.extras {
            if *there {
                site.file(path, fill(text));
            } else if site.at(path).exists() {
                site.remove(path);
            }
        }
    }
}

/// A file of the output: its identity, its bytes.
type Made = BTreeMap<String, ([u8; 16], Vec<u8>)>;

/// All bytes, made anew; or what is wrong with the site, which an edit may do.
fn build(pipeline: &mut Pipeline, site: &TestSite, model: &Model) -> Result<Made, String> {
    let (snapshot, problems) = scan(site.path());
    assert!(problems.is_empty(), "{problems:?}");
    let day = MOMENTS[model.moment].parse().unwrap();
    let at = |zone: &jiff::tz::TimeZone| bonafide::site::start_of_day(day, zone);
    let (made, problems) = pipeline.run(&snapshot, &model.options(), at, |ready, _, _| {
        let make =
            |job: bonafide::plan::Job<'_>| (job.path.to_owned(), (job.identity.0, ready.making.make(&job).unwrap()));
        ready.plan.jobs().map(make).collect::<Made>()
    });
    made.ok_or_else(|| format!("{problems:#?}"))
}

#[test]
fn what_changes_a_files_bytes_changes_its_identity() {
    let (mut compared, mut changed, mut for_nothing) = (0, 0, Count::new());
    let (mut made, mut refused) = (0, 0);
    for (seed, edits, outputs, signs) in SITES {
        let site = TestSite::new();
        site.file("fonts/serif.ttf", dejavu::serif::regular());
        let (mut random, mut model, mut pipeline) = (Random(seed), Model::new(outputs, signs), Pipeline::new());
        model.write(&site);
        let mut before = build(&mut pipeline, &site, &model).unwrap();
        let mut since = Vec::new();
        for _ in 0..edits {
            made += 1;
            let kept = model.clone();
            since.push(model.edit(&mut random));
            model.write(&site);
            let Ok(now) = build(&mut pipeline, &site, &model) else {
                // An edit that a site refuses is taken back.
                refused += 1;
                since.pop();
                model = kept;
                continue;
            };
            let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            for (path, old, new) in paths.into_iter().filter_map(|path| Some((path, before.get(path)?, now.get(path)?)))
            {
                compared += 1;
                if old.1 != new.1 {
                    changed += 1;
                    assert_ne!(
                        old.0, new.0,
                        "seed {seed}: {path} has other bytes and the same identity after {since:?}"
                    );
                } else if old.0 != new.0 {
                    *for_nothing.entry((since.join(", "), kind(path))).or_default() += 1;
                }
            }
            since.clear();
            before = now;
        }
    }
    let sum: usize = for_nothing.values().sum();
    println!("{made} edits ({refused} refused): {compared} files compared, {changed} changed");
    println!("{sum} identities changed for nothing ({} per thousand)", sum * 1_000 / compared);
    for (what, of) in [("after", 0), ("of", 1)] {
        let mut counts = BTreeMap::<&str, usize>::new();
        for ((edit, kind), count) in &for_nothing {
            let edit = edit.split(':').next().unwrap();
            *counts.entry(if of == 0 { edit } else { kind }).or_default() += count;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        println!(
            "  {what} {}",
            counts.iter().take(25).map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        );
    }
    assert!(
        changed > 1_000 && refused * 4 < made,
        "the edits do little: {changed} files changed, {refused} were refused"
    );
}

/// How often, by edit and kind of file.
type Count = BTreeMap<(String, String), usize>;

/// What kind of file a path is of, roughly.
fn kind(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap();
    let folder = path.split('/').find(|part| ["verify", "badges", "people", "faq", "guides"].contains(part));
    format!("{}/{name}", folder.unwrap_or_default())
}
