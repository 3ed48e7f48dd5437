//! Which keys may stand where, and what each of them holds.
//!
//! serde already knows all of this from the records, but it can only tell of the
//! first thing that is wrong and in words for programmers. The careful reader walks
//! the file along these tables instead and finds everything at once. The tables say
//! nothing about values: what a date or an id looks like stays with the types of
//! [`super::super::value`]. A test in this folder holds tables and records together,
//! key by key, so that neither can learn a word the other does not know.

use crate::source::{
    record::{Export, FrontMatter, SiteRecord, ThemeRecord},
    value::{
        self, Alias, AwardId, Colour, ContentPath, EarnerId, Email, Fault, FontPlace, Language, Line, Prose, Share,
        Slug, Span, Target, WebUrl, When, Zone,
    },
};

/// A record whose keys are listed here, so that it can be read with care.
pub trait Table {
    /// The keys at the top of the file.
    const TABLE: &'static Mapping;
}

impl Table for Export {
    const TABLE: &'static Mapping = &EXPORT;
}
impl Table for SiteRecord {
    const TABLE: &'static Mapping = &SITE;
}
impl Table for FrontMatter {
    const TABLE: &'static Mapping = &FRONT_MATTER;
}
impl Table for ThemeRecord {
    const TABLE: &'static Mapping = &THEME;
}

/// One kind of mapping.
#[derive(Debug)]
pub struct Mapping {
    /// What it describes, as it is called in messages.
    pub name: &'static str,
    /// The same with its article.
    pub a_name: &'static str,
    /// The keys it may have.
    pub keys: &'static [Key],
    /// Keys that other programs have there, with what to do about them here.
    pub foreign: &'static [(&'static str, &'static str)],
}

/// One key of a mapping.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// Whether a record is wrong without it.
    pub required: bool,
    /// What it holds.
    pub kind: Kind,
    /// What other systems call it: good for a guess, never accepted.
    pub also_called: &'static [&'static str],
}

/// What a key or an entry of a list holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A scalar that reads itself.
    Text(&'static Text),
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer(&'static Integer),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list of such values.
    List(&'static Kind),
    /// A mapping.
    Mapping(&'static Mapping),
    /// A mapping with whatever keys the site likes ([`value::Extra`]).
    Free,
}

/// A scalar that reads itself.
#[derive(Debug)]
pub struct Text {
    /// What it is, with its article.
    pub a_name: &'static str,
    /// What one looks like.
    pub example: &'static str,
    /// Whether a text is one.
    pub check: fn(&str) -> Result<(), Fault>,
}

/// The range of a whole number; the same as that of the type in the record.
#[derive(Debug)]
pub struct Integer {
    /// The least.
    pub least: i128,
    /// The greatest.
    pub most: i128,
    /// What one looks like.
    pub example: &'static str,
}

impl Mapping {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Kind {
    /// What it is, with its article.
    pub fn a_name(self) -> &'static str {
        match self {
            Self::Text(text) => text.a_name,
            Self::Bool => "`true` or `false`",
            Self::Integer(_) => "a whole number",
            Self::Words(_) => "one word",
            Self::List(_) => "a list",
            Self::Mapping(mapping) => mapping.a_name,
            Self::Free => "a record with keys of your own",
        }
    }

    /// What is written after the key, for advice.
    pub fn example(self) -> String {
        match self {
            Self::Text(text) => text.example.to_owned(),
            Self::Bool => "true".to_owned(),
            Self::Integer(integer) => integer.example.to_owned(),
            Self::Words(words) => words.first().copied().unwrap_or_default().to_owned(),
            Self::List(kind) => format!("[{}]", kind.example()),
            Self::Mapping(mapping) => {
                mapping.keys.first().map(|key| format!("{{{}: …}}", key.name)).unwrap_or_default()
            }
            Self::Free => "{icon: star}".to_owned(),
        }
    }
}

const fn text(a_name: &'static str, example: &'static str, check: fn(&str) -> Result<(), Fault>) -> Text {
    Text { a_name, example, check }
}

const fn optional(name: &'static str, kind: Kind) -> Key {
    Key { name, required: false, kind, also_called: &[] }
}

const fn required(name: &'static str, kind: Kind) -> Key {
    Key { name, required: true, kind, also_called: &[] }
}

impl Key {
    const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also_called = names;
        self
    }
}

const LINE: Kind = Kind::Text(&text("text", "some text", value::check::<Line>));
const NAME: Kind = Kind::Text(&text("text", "Katherine Osei", value::check::<Line>));
const PROSE: Kind = Kind::Text(&text("text", "some text", value::check::<Prose>));
const SLUG: Kind = Kind::Text(&text("an id", "ccxp", value::check::<Slug>));
const AWARD_ID: Kind = Kind::Text(&text("an award id", "9ed52e43b74e", value::check::<AwardId>));
const EARNER_ID: Kind = Kind::Text(&text("an id", "e-1042", value::check::<EarnerId>));
const ALIAS: Kind = Kind::Text(&text("an alias", "s3kJd9aQ", value::check::<Alias>));
const URL: Kind = Kind::Text(&text("an address", "https://www.cxpa.org/", value::check::<WebUrl>));
const EMAIL: Kind = Kind::Text(&text("an e-mail address", "kate@mail.example", value::check::<Email>));
const PATH: Kind = Kind::Text(&text("a path", "images/ccxp.png", value::check::<ContentPath>));
const FONTS: Kind = Kind::Text(&text("a folder or file with fonts, or `system`", "fonts/", value::check::<FontPlace>));
const COLOUR: Kind = Kind::Text(&text("a colour", "\"#1f5f8b\"", value::check::<Colour>));
const PUBLIC_KEY: Kind = Kind::Text(&text("a public key's file", "keys/2024.pub.jwk", value::check::<Line>));
const LANGUAGE: Kind = Kind::Text(&text("a language tag", "en", value::check::<Language>));
const ZONE: Kind = Kind::Text(&text("a time zone", "America/New_York", value::check::<Zone>));
const SPAN: Kind = Kind::Text(&text("a length of time", "14 days", value::check::<Span>));
const SHARE: Kind = Kind::Text(&text("a percentage", "0.5 %", value::check::<Share>));
const TARGET: Kind = Kind::Text(&text("a bucket or a folder", "s3://bucket", value::check::<Target>));
const WHEN: Kind = Kind::Text(&text("a date", "2026-11-30", value::check::<When>));
const DAY: Kind = Kind::Text(&text("a date", "2026-11-30", value::check::<jiff::civil::Date>));
const INSTANT: Kind = Kind::Text(&text("an instant", "2026-11-20T06:00:00Z", value::check::<jiff::Timestamp>));

static SITE: Mapping = Mapping {
    name: "site",
    a_name: "site.yaml",
    keys: &[
        required("title", LINE).also(&["name", "site_name"]),
        optional("description", LINE).also(&["summary"]),
        required("base_url", Kind::Text(&text("an address", "https://badges.cxpa.example/", value::check::<WebUrl>)))
            .also(&["url", "site_url", "address", "domain"]),
        optional("language", LANGUAGE).also(&["locale"]),
        optional("timezone", ZONE).also(&["zone"]),
        optional("theme", SLUG),
        optional("notices", Kind::List(&Kind::Integer(&Integer { least: 0, most: u16::MAX as i128, example: "90" }))),
        required("issuer", Kind::Mapping(&ISSUER)).also(&["organization", "organisation"]),
        optional("menu", Kind::List(&Kind::Mapping(&MENU))).also(&["navigation", "nav"]),
        optional("share", Kind::List(&Kind::Words(&["linkedin", "facebook", "x", "email", "link"]))),
        optional("indexing", Kind::Bool),
        optional("hosting", Kind::Words(&["none", "netlify", "cloudflare", "github"])).also(&["host"]),
        optional("stale_after", SPAN),
        optional("accent", COLOUR).also(&["color", "colour"]),
        optional("fonts", Kind::List(&FONTS)),
        optional("languages", Kind::List(&LANGUAGE)).also(&["locales"]),
        optional("edit_url", URL),
        optional("signing", Kind::Mapping(&SIGNING)),
        optional("vanish", Kind::Mapping(&VANISH)),
        optional("publish", Kind::Mapping(&PUBLISH)).also(&["deploy", "deployment", "upload"]),
        optional("outputs", Kind::Mapping(&OUTPUTS)),
    ],
    foreign: &[],
};

static ISSUER: Mapping = Mapping {
    name: "issuer",
    a_name: "an issuer",
    keys: &[
        required("name", Kind::Text(&text("text", "Example Association", value::check::<Line>))).also(&["title"]),
        required("url", URL).also(&["website", "address", "link"]),
        optional("email", EMAIL).also(&["mail", "contact"]),
        optional("description", LINE).also(&["summary"]),
        optional("image", PATH).also(&["logo", "picture"]),
        optional(
            "linkedin_organization_id",
            Kind::Integer(&Integer { least: 0, most: u64::MAX as i128, example: "1234567" }),
        )
        .also(&["linkedin", "linkedin_id"]),
    ],
    foreign: &[],
};

static MENU: Mapping = Mapping {
    name: "menu entry",
    a_name: "a menu entry",
    keys: &[
        required("label", Kind::Text(&text("text", "FAQ", value::check::<Line>))).also(&["name", "title", "text"]),
        required("to", Kind::Text(&text("an address or a path", "faq/", value::check::<Line>)))
            .also(&["url", "link", "href", "path"]),
    ],
    foreign: &[],
};

static SIGNING: Mapping = Mapping {
    name: "signing",
    a_name: "the way of signing",
    keys: &[
        required("key", Kind::Text(&text("a file, or `env:NAME`", "env:BONAFIDE_KEY", value::check::<Line>))).also(&[
            "private_key",
            "signing_key",
            "ed25519",
        ]),
        optional("jwt_key", Kind::Text(&text("a file, or `env:NAME`", "env:BONAFIDE_JWT_KEY", value::check::<Line>)))
            .also(&["jwt", "p256"]),
        required("secret", Kind::Text(&text("a file, or `env:NAME`", "env:BONAFIDE_SECRET", value::check::<Line>)))
            .also(&["salt", "seed"]),
        optional("retired", Kind::List(&PUBLIC_KEY)).also(&["old_keys", "previous"]),
        optional("compromised", Kind::List(&PUBLIC_KEY)).also(&["revoked", "leaked"]),
        optional("email_hash", Kind::Bool).also(&["email", "hash_email"]),
        optional(
            "verifier",
            Kind::Text(&text(
                "an address with `{url}` in it",
                "\"https://verifier.example/?url={url}\"",
                value::check::<Line>,
            )),
        )
        .also(&["verifier_url"]),
    ],
    foreign: &[],
};

static VANISH: Mapping = Mapping {
    name: "vanish",
    a_name: "what may vanish",
    keys: &[
        optional("awards", Kind::Integer(&Integer { least: 0, most: u32::MAX as i128, example: "5" })),
        optional("share", SHARE).also(&["percent", "percentage"]),
    ],
    foreign: &[],
};

static PUBLISH: Mapping = Mapping {
    name: "publish",
    a_name: "a way of publishing",
    keys: &[
        optional("to", TARGET).also(&["target", "url", "bucket", "dir"]),
        optional("record", TARGET).also(&["state"]),
        optional("keep_assets", SPAN),
    ],
    foreign: &[],
};

static OUTPUTS: Mapping = Mapping {
    name: "outputs",
    a_name: "a choice of outputs",
    keys: &[
        optional("share_card", Kind::Bool).also(&["card", "cards"]),
        optional("baked_badge", Kind::Bool),
        optional("qr_svg", Kind::Bool).also(&["qr"]),
        optional("qr_png", Kind::Bool),
        optional("oembed", Kind::Bool).also(&["embed"]),
        optional("calendar", Kind::Bool),
        optional("open_badges", Kind::Bool),
        optional("people", Kind::Bool),
        optional("certificate_pdf", Kind::Bool).also(&["pdf"]),
    ],
    foreign: &[],
};

static EXPORT: Mapping = Mapping {
    name: "export",
    a_name: "an export",
    keys: &[
        optional("exported_at", INSTANT).also(&["exported", "as_of", "date"]),
        optional("badges", Kind::List(&Kind::Mapping(&BADGE))),
        optional("earners", Kind::List(&Kind::Mapping(&EARNER))).also(&["people", "members", "recipients"]),
    ],
    foreign: &[],
};

static BADGE: Mapping = Mapping {
    name: "badge",
    a_name: "a badge",
    keys: &[
        required("id", SLUG).also(&["slug"]),
        required("name", Kind::Text(&text("text", "Certified Professional", value::check::<Line>))).also(&["title"]),
        optional("abbreviation", LINE).also(&["short_name", "abbr"]),
        optional("kind", LINE).also(&["type"]),
        required("description", LINE).also(&["summary"]),
        optional("criteria", PROSE),
        required("image", Kind::Text(&text("a path", "ccxp.png", value::check::<ContentPath>)))
            .also(&["picture", "logo", "icon"]),
        optional("skills", Kind::List(&LINE)).also(&["tags"]),
        optional("validity", LINE),
        optional("renewal", Kind::Mapping(&RENEWAL)),
    ],
    foreign: &[],
};

static RENEWAL: Mapping = Mapping {
    name: "renewal",
    a_name: "the way of renewing",
    keys: &[optional("url", URL).also(&["link", "address"]), optional("question", LINE).also(&["faq"])],
    foreign: &[],
};

static EARNER: Mapping = Mapping {
    name: "earner",
    a_name: "an earner",
    keys: &[
        required("id", EARNER_ID).also(&["member_id", "number"]),
        required("name", NAME).also(&["full_name"]),
        optional("preferred_name", LINE).also(&["display_name", "nickname"]),
        optional("email", EMAIL).also(&["mail", "email_address"]),
        optional("company", LINE).also(&["employer", "organization", "organisation"]),
        optional("job_title", LINE).also(&["title", "role", "position", "job"]),
        optional("visibility", Kind::Words(&["public", "unlisted", "private"])).also(&["public", "private", "listed"]),
        optional("handle", SLUG).also(&["slug", "username"]),
        optional("awards", Kind::List(&Kind::Mapping(&AWARD))).also(&["badges", "credentials", "certifications"]),
    ],
    foreign: &[],
};

static AWARD: Mapping = Mapping {
    name: "award",
    a_name: "an award",
    keys: &[
        required("id", AWARD_ID).also(&["credential_id", "code"]),
        required("badge", SLUG).also(&["badge_id"]),
        required("issued", WHEN).also(&["issue_date", "issued_at", "issued_on", "date", "awarded", "valid_from"]),
        optional("expires", WHEN).also(&[
            "expiry",
            "expiration",
            "expiry_date",
            "expiration_date",
            "expires_at",
            "expires_on",
            "valid_until",
        ]),
        optional("status", Kind::Words(&["revoked", "suspended"])).also(&["state"]),
        optional("reason", LINE),
        optional("renewed", Kind::List(&WHEN)).also(&["renewals", "renewed_at"]),
        optional("replaces", AWARD_ID).also(&["supersedes"]),
        optional("aliases", Kind::List(&ALIAS)).also(&["old_ids"]),
        optional("evidence", Kind::List(&Kind::Mapping(&EVIDENCE))),
    ],
    foreign: &[],
};

static EVIDENCE: Mapping = Mapping {
    name: "evidence",
    a_name: "a piece of evidence",
    keys: &[
        optional("name", LINE).also(&["title"]),
        optional("url", URL).also(&["link", "address"]),
        optional("narrative", PROSE).also(&["description", "text"]),
    ],
    foreign: &[],
};

static FRONT_MATTER: Mapping = Mapping {
    name: "front matter",
    a_name: "front matter",
    keys: &[
        optional("title", LINE).also(&["name"]),
        optional("order", Kind::Integer(&Integer { least: i64::MIN as i128, most: i64::MAX as i128, example: "3" }))
            .also(&["position", "rank", "sort"]),
        optional("updated", DAY).also(&["modified", "updated_at"]),
        optional("description", LINE).also(&["abstract"]),
        optional("draft", Kind::Bool),
        optional("download", PATH).also(&["file", "pdf"]),
        optional("extra", Kind::Free),
    ],
    foreign: &[
        // Hugo, Zola, Jekyll, Docusaurus, MkDocs, Eleventy and mdBook, by what their keys are for.
        ("weight", "what Hugo and Zola call `weight` is `order` here"),
        ("sidebar_position", "what Docusaurus calls `sidebar_position` is `order` here"),
        ("nav_order", "what Jekyll’s themes call `nav_order` is `order` here"),
        ("lastmod", "what Hugo calls `lastmod` is `updated` here: a date such as 2026-11-30"),
        ("last_modified_at", "what Jekyll calls `last_modified_at` is `updated` here: a date such as 2026-11-30"),
        ("last_update", "what Docusaurus calls `last_update` is `updated` here: a date such as 2026-11-30"),
        ("last_updated", "this is `updated` here: a date such as 2026-11-30"),
        ("date", "pages have one date here, `updated`: when they were last looked over"),
        ("publishdate", "pages are published by the next build: keep this one back with `draft: true`"),
        ("expirydate", "pages stay until they are taken out; this key can go"),
        ("published", "what Jekyll calls `published: false` is `draft: true` here"),
        ("slug", "a page’s address is that of its file: rename the file"),
        ("id", "a page’s address is that of its file: rename the file"),
        ("url", "a page’s address is that of its file: move or rename the file"),
        ("path", "a page’s address is that of its file: move or rename the file"),
        ("permalink", "a page’s address is that of its file: move or rename the file"),
        ("aliases", "old addresses of pages are the host’s to redirect; this key can go"),
        ("redirect_from", "old addresses of pages are the host’s to redirect; this key can go"),
        ("redirect_to", "a page here leads nowhere by itself: link to the other one in its text"),
        ("layout", "which template a page gets is the theme’s business; this key can go"),
        ("template", "which template a page gets is the theme’s business; this key can go"),
        ("type", "which template a page gets is the theme’s business; this key can go"),
        ("summary", "what others call `summary` is `description` here"),
        ("excerpt", "what others call `excerpt` is `description` here"),
        ("linktitle", "the menu’s words stand in site.yaml under `menu:`; this key can go"),
        ("sidebar_label", "lists show the page’s `title`; this key can go"),
        ("menu", "the menu stands in site.yaml under `menu:`; this key can go"),
        ("nav_exclude", "the menu stands in site.yaml under `menu:`; this key can go"),
        ("parent", "a page belongs to the folder that its file is in: move the file"),
        ("toc", "the theme lists a page’s headings; this key can go"),
        ("hide_table_of_contents", "the theme lists a page’s headings; this key can go"),
        ("language", "the language stands in the file’s name, such as `sharing.es.md`; this key can go"),
        ("lang", "the language stands in the file’s name, such as `sharing.es.md`; this key can go"),
        ("params", "keys of your own go under `extra:`, for templates of your theme"),
        ("taxonomies", "keys of your own go under `extra:`, for templates of your theme"),
        ("tags", "nothing is sorted by tags here; keys of your own go under `extra:`, for templates of your theme"),
        (
            "categories",
            "a category is a file in `faq/`; keys of your own go under `extra:`, for templates of your theme",
        ),
        ("keywords", "search engines take no notice of them; keys of your own go under `extra:`"),
        ("author", "pages name no author; keys of your own go under `extra:`, for templates of your theme"),
        ("authors", "pages name no author; keys of your own go under `extra:`, for templates of your theme"),
        ("image", "put the picture in the text; keys of your own go under `extra:`, for templates of your theme"),
        ("images", "put the pictures in the text; keys of your own go under `extra:`, for templates of your theme"),
        ("icon", "keys of your own go under `extra:`, for templates of your theme"),
        ("cascade", "each page says for itself what it is; this key can go"),
        ("build", "each page is built, unless it says `draft: true`"),
        ("render", "a page that is not to be there says `draft: true`"),
        ("unlisted", "pages are in lists or not there at all: `draft: true` keeps one back"),
        ("sort_by", "pages of a folder come by their `order`, then by their titles; this key can go"),
        ("paginate_by", "a folder’s pages are on one list; this key can go"),
        ("in_search_index", "all pages can be found; this key can go"),
        ("hide_title", "a page’s title is its heading; this key can go"),
        ("heading", "a page’s title is its heading; this key can go"),
        ("page_template", "which template a page gets is the theme’s business; this key can go"),
        ("pagination_label", "lists show the page’s `title`; this key can go"),
        ("pagination_next", "which page comes next is said by `order`; this key can go"),
        ("pagination_prev", "which page comes next is said by `order`; this key can go"),
        ("next", "which page comes next is said by `order`; this key can go"),
        ("prev", "which page comes next is said by `order`; this key can go"),
        ("toc_min_heading_level", "the theme lists a page’s headings; this key can go"),
        ("toc_max_heading_level", "the theme lists a page’s headings; this key can go"),
        ("outline", "the theme lists a page’s headings; this key can go"),
        ("has_children", "a page belongs to the folder that its file is in; this key can go"),
        ("has_toc", "the theme lists a page’s headings; this key can go"),
        ("grand_parent", "a page belongs to the folder that its file is in: move the file"),
        ("custom_edit_url", "where pages are edited stands in site.yaml, as `edit_url`; this key can go"),
        ("eleventynavigation", "the menu stands in site.yaml under `menu:`; this key can go"),
        (
            "translationkey",
            "translations lie beside each other, such as `sharing.md` and `sharing.es.md`; this key can go",
        ),
        ("math", "formulas are not set here; keys of your own go under `extra:`, for templates of your theme"),
        ("mathjax", "formulas are not set here; keys of your own go under `extra:`, for templates of your theme"),
        ("comments", "pages have no comments; this key can go"),
        ("subtitle", "what others call `subtitle` can be the `description` here"),
        ("sidebar_custom_props", "keys of your own go under `extra:`, for templates of your theme"),
    ],
};

static THEME: Mapping = Mapping {
    name: "theme",
    a_name: "theme.yaml",
    keys: &[optional("name", LINE).also(&["title"]), optional("description", LINE).also(&["summary"])],
    foreign: &[],
};
