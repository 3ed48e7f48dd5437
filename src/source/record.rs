//! What the files say: the records of site.yaml, exports and front matter.
//!
//! These types are the formats of the contract and nothing else; what follows from
//! them (which award is superseded, what a page is called) is the business of
//! [`crate::site`]. A key that is not named here is an error, a key that is present
//! but empty counts as absent. The careful reader's tables in
//! [`super::yaml`] list the same keys; a test holds the two together.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer};

use super::value::{
    Alias, AwardId, Colour, ContentPath, EarnerId, Email, Extra, FontPlace, Language, Line, Prose, Share, Slug, Span,
    Target, WebUrl, When, Zone, optional_date, optional_instant,
};

/// An absent or empty key as an empty list.
fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// `site.yaml`.
#[derive(Debug, Clone, PartialEq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRecord {
    /// The site's name.
    pub title: Line,
    /// One or two sentences about the site.
    pub description: Option<Line>,
    /// Where the site will be, with its path.
    pub base_url: WebUrl,
    /// The language pages are in.
    pub language: Option<Language>,
    /// The zone in which days begin and end; UTC if absent.
    #[serde(default)]
    pub timezone: Option<Zone>,
    /// The folder of `themes/` to take; `default` if absent.
    pub theme: Option<Slug>,
    /// Days before expiry on which notices are sent.
    pub notices: Option<Vec<u16>>,
    /// Who stands behind every badge.
    pub issuer: IssuerRecord,
    /// The site's menu.
    #[serde(default, deserialize_with = "list")]
    pub menu: Vec<MenuRecord>,
    /// The ways of sharing that pages offer, in this order; all if absent.
    pub share: Option<Vec<ShareTarget>>,
    /// Whether search engines may index verification pages.
    pub indexing: Option<bool>,
    /// The host whose own files are written.
    pub hosting: Option<Hosting>,
    /// How old `exported_at` may be before builds and pages warn.
    pub stale_after: Option<Span>,
    /// The issuer's colour.
    pub accent: Option<Colour>,
    /// Fonts for cards and certificates: of the site, of the machine, or what is installed there.
    #[serde(default, deserialize_with = "list")]
    pub fonts: Vec<FontPlace>,
    /// The languages the site is built in; the first is the default.
    #[serde(default, deserialize_with = "list")]
    pub languages: Vec<Language>,
    /// Where content can be edited; the path below `content/` is added to it.
    pub edit_url: Option<WebUrl>,
    /// How credentials are signed.
    pub signing: Option<SigningRecord>,
    /// How many awards may be gone at once.
    pub vanish: Option<VanishRecord>,
    /// Where the site is published to.
    pub publish: Option<PublishRecord>,
    /// Which files each award gets.
    #[serde(default)]
    pub outputs: Option<OutputsRecord>,
}

impl SiteRecord {
    /// The languages of the site, the default first. There is at least one.
    pub fn language_tags(&self) -> Vec<String> {
        if self.languages.is_empty() {
            return vec![self.language.as_ref().map_or_else(|| "en".to_owned(), ToString::to_string)];
        }
        self.languages.iter().map(ToString::to_string).collect()
    }
}

/// `issuer:` in site.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerRecord {
    /// Its full name.
    pub name: Line,
    /// Its own site.
    pub url: WebUrl,
    /// A contact that may be public.
    pub email: Option<Email>,
    /// One or two sentences about it.
    pub description: Option<Line>,
    /// Its picture, below `content/`.
    pub image: Option<ContentPath>,
    /// Its number at `LinkedIn`, for "add to profile".
    pub linkedin_organization_id: Option<u64>,
}

/// An entry of `menu:` in site.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuRecord {
    /// What is shown.
    pub label: Line,
    /// An address, or a path of this site or of a file below `content/`.
    pub to: Line,
}

/// A way of sharing a verification page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShareTarget {
    /// `LinkedIn`: the profile's certifications, and the feed.
    Linkedin,
    /// Facebook's feed.
    Facebook,
    /// X.
    X,
    /// A message in the reader's own mail program.
    Email,
    /// Copying the address.
    Link,
}

/// The host whose own files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hosting {
    /// Any static host.
    None,
    /// Netlify: `_headers`, `_redirects`.
    Netlify,
    /// Cloudflare Pages: `_headers`, `_redirects`.
    Cloudflare,
    /// GitHub Pages: `CNAME`.
    Github,
}

/// `signing:` in site.yaml. What is secret never stands in it, only where it is: `env:NAME`, or a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningRecord {
    /// Where the Ed25519 key is that proofs are made with.
    pub key: Line,
    /// Where the P-256 key is that JWTs are signed with; without it there are none.
    pub jwt_key: Option<Line>,
    /// Where the secret is that ids of subjects and salts are made from.
    pub secret: Line,
    /// Where the public keys of earlier years are: what they signed stays valid.
    #[serde(default, deserialize_with = "list")]
    pub retired: Vec<Line>,
    /// Where public keys are that vouch for nothing any more.
    #[serde(default, deserialize_with = "list")]
    pub compromised: Vec<Line>,
    /// Whether credentials hold the earner's mail address as a hash. Default: yes.
    pub email_hash: Option<bool>,
    /// The address of an independent verifier, with `{url}` where that of the credential goes.
    pub verifier: Option<Line>,
}

/// `publish:` in site.yaml. What is absent can be said on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishRecord {
    /// The place itself.
    pub to: Option<Target>,
    /// A private place for the record of what is up.
    pub record: Option<Target>,
    /// How long old assets stay there.
    pub keep_assets: Option<Span>,
}

/// `vanish:` in site.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VanishRecord {
    /// As a number.
    pub awards: Option<u32>,
    /// As a part of those that there were.
    pub share: Option<Share>,
}

/// `outputs:` in site.yaml. What is absent keeps the program's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputsRecord {
    /// `card.png` for each award, each badge and the site. Default: yes.
    pub share_card: Option<bool>,
    /// `badge.png` (or `.svg`) with the credential baked in. Default: yes, where there are credentials.
    pub baked_badge: Option<bool>,
    /// `qr.svg`, the QR code of the page as a file. Default: no; pages have it in them.
    pub qr_svg: Option<bool>,
    /// `qr.png`, the same as pixels. Default: no.
    pub qr_png: Option<bool>,
    /// `oembed.json`, by which other sites unfold an award's address. Default: no.
    pub oembed: Option<bool>,
    /// `renew.ics`.
    pub calendar: Option<bool>,
    /// The Open Badges files. Default: yes, where `signing` is.
    pub open_badges: Option<bool>,
    /// The directory and portfolio pages.
    pub people: Option<bool>,
    /// `certificate.pdf`.
    pub certificate_pdf: Option<bool>,
}

/// An export: badges, earners or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// When the data was taken from the system it comes from.
    #[serde(default, deserialize_with = "optional_instant")]
    pub exported_at: Option<Timestamp>,
    /// Badges.
    #[serde(default, deserialize_with = "list")]
    pub badges: Vec<BadgeRecord>,
    /// Earners with their awards.
    #[serde(default, deserialize_with = "list")]
    pub earners: Vec<EarnerRecord>,
}

/// One kind of recognition. Open Badges 3.0: Achievement.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadgeRecord {
    /// Its id, which is its address.
    pub id: Slug,
    /// Its full name.
    pub name: Line,
    /// Its short name.
    pub abbreviation: Option<Line>,
    /// Open Badges 3.0 `achievementType`.
    pub kind: Option<Line>,
    /// One sentence about it.
    pub description: Line,
    /// What has to be done for it, in Markdown.
    pub criteria: Option<Prose>,
    /// Its picture, beside the file that names it.
    pub image: ContentPath,
    /// Skills that it stands for.
    #[serde(default, deserialize_with = "list")]
    pub skills: Vec<Line>,
    /// How long it is valid, in words; informative.
    pub validity: Option<Line>,
    /// How it is renewed.
    pub renewal: Option<RenewalRecord>,
}

/// How a badge is renewed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewalRecord {
    /// Where it is renewed.
    pub url: Option<WebUrl>,
    /// The id of the FAQ question that tells how.
    pub question: Option<Line>,
}

/// A person who holds awards.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarnerRecord {
    /// Stable for life; never shown in public.
    pub id: EarnerId,
    /// The name in the issuer's own records.
    pub name: Line,
    /// The name to show in public instead.
    pub preferred_name: Option<Line>,
    /// Never published in clear.
    pub email: Option<Email>,
    /// Where the person works.
    pub company: Option<Line>,
    /// As what.
    pub job_title: Option<Line>,
    /// Who may find the person's pages.
    pub visibility: Option<Visibility>,
    /// The address of the portfolio page.
    pub handle: Option<Slug>,
    /// What the person was awarded.
    #[serde(default, deserialize_with = "list")]
    pub awards: Vec<AwardRecord>,
}

impl EarnerRecord {
    /// The only name that is ever shown.
    pub fn public_name(&self) -> &str {
        self.preferred_name.as_ref().unwrap_or(&self.name)
    }

    /// Who may find the person's pages.
    pub fn visibility(&self) -> Visibility {
        self.visibility.unwrap_or_default()
    }
}

/// Who may find a person's pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Listed in the directory and on the portfolio page.
    Public,
    /// Whoever has the address sees the page; nothing links to it.
    #[default]
    Unlisted,
    /// The address answers with a page that says nothing.
    Private,
}

/// One badge held by one earner. Open Badges 3.0: `AchievementCredential`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwardRecord {
    /// Its id, which is its address.
    pub id: AwardId,
    /// The badge's id.
    pub badge: Slug,
    /// From when it is valid.
    pub issued: When,
    /// Until when; absent: without end.
    pub expires: Option<When>,
    /// What the issuer has decided about it.
    pub status: Option<Decision>,
    /// Why; public.
    pub reason: Option<Line>,
    /// Earlier renewals.
    #[serde(default, deserialize_with = "list")]
    pub renewed: Vec<When>,
    /// The older award of the same earner that this one takes the place of.
    pub replaces: Option<AwardId>,
    /// Old addresses and vendor codes that must lead here.
    #[serde(default, deserialize_with = "list")]
    pub aliases: Vec<Alias>,
    /// What the award rests on.
    #[serde(default, deserialize_with = "list")]
    pub evidence: Vec<EvidenceRecord>,
}

/// What the issuer has decided about an award.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Withdrawn.
    Revoked,
    /// On hold.
    Suspended,
}

/// What an award rests on. Open Badges 3.0: Evidence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRecord {
    /// What it is called.
    pub name: Option<Line>,
    /// Where it is.
    pub url: Option<WebUrl>,
    /// What it tells, in Markdown.
    pub narrative: Option<Prose>,
}

/// The YAML between `---` lines at the head of a Markdown file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// The page's title.
    pub title: Option<Line>,
    /// Its place among its siblings; what has none comes last, by title.
    pub order: Option<i64>,
    /// When its content was last looked over.
    #[serde(default, deserialize_with = "optional_date")]
    pub updated: Option<Date>,
    /// One or two sentences about it.
    pub description: Option<Line>,
    /// Not to be published yet.
    pub draft: Option<bool>,
    /// A file beside it that readers can download.
    pub download: Option<ContentPath>,
    /// Keys of the site's own, for templates of its theme.
    pub extra: Option<Extra>,
}

/// `theme.yaml` of a theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeRecord {
    /// What it is called.
    pub name: Option<Line>,
    /// What it is for.
    pub description: Option<Line>,
}
