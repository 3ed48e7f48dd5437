//! From a job to its bytes.
//!
//! A [`Press`] is set up once a build and language with everything that pages share: the compiled
//! templates with the site's own context, each badge and each question as template
//! values, the backgrounds of cards. After that, rendering a job is a pure function of
//! press and job, so jobs run on all cores in any order.

mod award;
pub mod card;
pub mod cards;
pub mod certificate;
pub mod certificates;
mod content;
mod dates;
pub mod drawn;
mod embed;
mod feeds;
mod object;
mod page;
mod palette;
mod people;
mod pictures;
pub mod qr;
mod search;
mod share;
mod structured;

use tera::{Context, Value};

use self::{card::CardPress, certificate::CertificatePress, object::Object, page::Page};
use crate::{
    address::Address,
    diagnostic::{Diagnostic, Place},
    fonts::Fonts,
    plan::{Job, Make},
    prose::{Prose, Setting},
    site::{Badge, Edition, MenuEntry, PictureFile, Site, Status},
    theme::{Accent, Locale, Templates, Theme, Words},
};

/// What pictures and papers are drawn with; a press that a site does not need is absent.
#[derive(Debug, Clone, Copy)]
pub struct Tools<'a> {
    /// For share cards.
    pub cards: Option<&'a CardPress>,
    /// For certificates.
    pub certificates: Option<&'a CertificatePress>,
    /// For letters in badges' pictures.
    pub fonts: &'a Fonts,
}

/// One press for each language of a site.
pub struct Presses<'a>(Vec<Press<'a>>);

impl<'a> Presses<'a> {
    /// Sets all of them up; `prose` has the texts of each language.
    pub fn new(site: &'a Site<'a>, theme: &'a Theme, prose: &'a [Prose], tools: Tools<'a>) -> Self {
        let presses = site.editions().zip(prose).enumerate();
        Self(
            presses
                .map(|(language, (edition, prose))| {
                    Press::new(site, edition, theme, theme.locale(language), prose, tools)
                })
                .collect(),
        )
    }

    /// Makes a job's bytes.
    pub fn render(&self, job: &Job) -> Result<Vec<u8>, Diagnostic> {
        self.0.get(job.language).map_or_else(|| Ok(Vec::new()), |press| press.render(job))
    }
}

/// Everything that jobs of one language share.
pub struct Press<'a> {
    site: &'a Site<'a>,
    edition: &'a Edition<'a>,
    theme: &'a Theme,
    locale: &'a Locale,
    /// The locale's words.
    words: &'a Words,
    prose: &'a Prose,
    templates: Templates,
    cards: Option<cards::Cards<'a>>,
    certificates: Option<certificates::Certificates<'a>>,
    qr: qr::Codes,
    fonts: &'a Fonts,
    /// Badges as templates get them.
    badges: Vec<Object>,
    /// For each badge, as verification pages get it: with its criteria and skills.
    badges_in_full: Vec<Value>,
    /// For each badge the questions that pages of each status show.
    questions: Vec<[Value; 7]>,
    /// What statuses mean for whoever checks an award.
    meanings: award::Meanings,
    /// Where it is told how fresh pages are.
    freshness: String,
}

impl<'a> Press<'a> {
    /// Sets everything up.
    fn new(
        site: &'a Site<'a>,
        edition: &'a Edition<'a>,
        theme: &'a Theme,
        locale: &'a Locale,
        prose: &'a Prose,
        tools: Tools<'a>,
    ) -> Self {
        let badges: Vec<Object> = site.badges.iter().map(|badge| badge_object(site, edition, badge)).collect();
        let badges_in_full = site
            .badges
            .iter()
            .zip(&badges)
            .zip(&prose.criteria)
            .map(|((badge, object), criteria)| in_full(badge, object, criteria).into())
            .collect();
        let question = |index: usize| -> Option<Value> {
            let question = edition.questions.get(index)?;
            let page = edition.pages.get(question.page)?;
            let answer = prose.answers.get(index)?;
            Some(
                Object::new()
                    .with("id", answer.id.as_str())
                    .with("title", question.heading.title.as_str())
                    .with("url", site.config.rooted(edition.question_address(index)?))
                    .with("html", answer.html.as_str())
                    .with("text_attributes", if page.fallback { foreign(site, edition, theme) } else { String::new() })
                    .into(),
            )
        };
        let questions = (0..site.badges.len())
            .map(|badge| {
                Status::ALL.map(|status| {
                    edition.questions_for(status, badge).filter_map(question).collect::<Vec<Value>>().into()
                })
            })
            .collect();
        let freshness = edition
            .questions
            .iter()
            .position(|question| question.heading.id == "freshness")
            .and_then(|index| edition.question_address(index))
            .unwrap_or_else(|| Address::of(edition.at("verify/")).at("freshness"));
        let mut shared = Context::new();
        globals(&mut shared, site, edition, theme, locale, &badges);
        Self {
            site,
            edition,
            theme,
            locale,
            words: &locale.words,
            prose,
            templates: theme.templates(shared, &SHARED),
            fonts: tools.fonts,
            cards: tools.cards.map(|press| cards::Cards::new(press, site, theme)),
            certificates: tools.certificates.map(|press| certificates::Certificates::new(press, site, theme)),
            qr: qr::Codes::default(),
            badges,
            badges_in_full,
            questions,
            meanings: award::Meanings::new(&locale.words),
            freshness: site.config.rooted(freshness),
        }
    }

    fn render(&self, job: &Job) -> Result<Vec<u8>, Diagnostic> {
        match job.make {
            Make::Home => self.home(),
            Make::Verify => self.verify(),
            Make::FaqIndex => self.faq_index(),
            Make::GuidesIndex => self.guides_index(),
            Make::Page(index) => self.content(index),
            Make::Badge(index) => self.badge(index),
            Make::Award(index, status) => self.award(index, status),
            Make::People(list) => self.people(list),
            Make::PeoplePart(list, part) => self.people_part(list, part),
            Make::PeopleWords(list) => Ok(self.people_words(list)),
            Make::Person(index, ref statuses) => self.person(index, statuses),
            Make::Private => self.private(job.path.strip_prefix(&self.edition.prefix).unwrap_or(&job.path)),
            Make::Alias(index) => self.alias(index),
            Make::NotFound => self.not_found(),
            Make::AwardCard(index) => self.cards()?.award(index),
            Make::Certificate(index, status) => self.certificate(index, status),
            Make::BadgeCard(index) => self.cards()?.badge(index),
            Make::SiteCard => self.cards()?.site(),
            Make::BadgePicture(index, size, file) => self.badge_picture(index, size, file),
            Make::Oembed { award, counts } => Ok(self.oembed(award, counts)),
            Make::QrSvg(index) => self.qr_svg(index),
            Make::QrPng(index) => self.qr_png(index),
            Make::Asset(index) => {
                Ok(self.site.documents.assets.get(index).map(|asset| asset.bytes.to_vec()).unwrap_or_default())
            }
            Make::Static(index) => {
                Ok(self.theme.statics.get(index).map(|(_, bytes, _)| bytes.to_vec()).unwrap_or_default())
            }
            Make::Style => self.template("style.css", &Context::new()),
            Make::Icon => self.template("icon.svg", &Context::new()),
            Make::Sitemap => Ok(feeds::sitemap(self.site).into_bytes()),
            Make::SitemapPart(part) => Ok(feeds::sitemap_part(self.site, part).into_bytes()),
            Make::Search => Ok(self.search()),
            Make::Robots => Ok(feeds::robots(self.site).into_bytes()),
            Make::AsOf => Ok(feeds::as_of(self.site).into_bytes()),
            Make::NoJekyll => Ok(Vec::new()),
            Make::Headers => Ok(feeds::headers(self.site).into_bytes()),
            Make::Redirects => Ok(feeds::redirects(self.site).into_bytes()),
            Make::Cname => Ok(feeds::cname(self.site).into_bytes()),
        }
    }

    /// The address of a page of this language, as pages link to it.
    fn rooted(&self, path: &str) -> String {
        self.site.config.rooted(self.edition.at(path))
    }

    /// The absolute address of a page of this language.
    fn absolute(&self, path: &str) -> String {
        self.site.config.absolute(self.edition.at(path))
    }

    /// What texts of exports become HTML for.
    fn setting(&self) -> Setting<'a> {
        Setting { site: self.site, edition: self.edition, words: self.words }
    }

    fn cards(&self) -> Result<&cards::Cards<'a>, Diagnostic> {
        self.cards
            .as_ref()
            .ok_or_else(|| Diagnostic::error("the theme has no card.svg").advice("set `outputs: {share_card: false}`"))
    }

    fn certificate(&self, index: usize, status: Status) -> Result<Vec<u8>, Diagnostic> {
        match &self.certificates {
            Some(certificates) => certificates.award(index, status),
            None => {
                Err(Diagnostic::error("the theme has no certificate.svg")
                    .advice("set `outputs: {certificate_pdf: false}`"))
            }
        }
    }

    fn template(&self, name: &str, context: &Context) -> Result<Vec<u8>, Diagnostic> {
        debug_assert!(!SHARED.iter().any(|name| context.contains_key(name)), "{name} gives a shared name away");
        self.templates.render(name, context).map_err(|error| self.theme.problem(name, &error))
    }

    fn page(&self, template: &str, page: Page, mut context: Context) -> Result<Vec<u8>, Diagnostic> {
        context.insert_value("page", page.into_value(self));
        self.template(template, &context)
    }

    fn badge_picture(&self, index: usize, size: u32, file: PictureFile) -> Result<Vec<u8>, Diagnostic> {
        let Some((asset, _)) = self.site.badges.get(index).and_then(|badge| badge.picture) else {
            return Ok(Vec::new());
        };
        pictures::make(&asset.bytes, size, file, self.fonts).map_err(|problem| {
            Diagnostic::error(format!("this picture cannot be made in other sizes: {problem}"))
                .at(Place::file(asset.file.clone()))
        })
    }

    fn qr_svg(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        self.qr.svg(&self.award_address(index)).map_err(|error| Diagnostic::error(error.to_string()))
    }

    fn qr_png(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        self.qr.png(&self.award_address(index)).map_err(|error| Diagnostic::error(error.to_string()))
    }

    fn award_address(&self, index: usize) -> String {
        self.site.awards.get(index).map(|award| self.site.config.absolute(award.path())).unwrap_or_default()
    }
}

/// The names of what every template gets.
const SHARED: [&str; 5] = ["site", "issuer", "badges", "w", "accent"];

/// What every template gets.
fn globals(
    context: &mut Context,
    site: &Site<'_>,
    edition: &Edition<'_>,
    theme: &Theme,
    locale: &Locale,
    badges: &[Object],
) {
    let config = &site.config;
    let issuer = &site.documents.config.issuer;
    let menu: Vec<Value> = edition
        .menu
        .iter()
        .map(|entry| {
            let translated = is_translation(site, edition).then(|| label(edition, entry, &locale.words)).flatten();
            Object::new()
                .with("label", translated.unwrap_or(&entry.label))
                .with("url", entry.url.as_str())
                .with("text_attributes", translated.map_or_else(|| foreign(site, edition, theme), |_| String::new()))
                .into()
        })
        .collect();
    context.insert_value(
        "site",
        Object::new()
            .with("title", config.title.as_str())
            .with("description", config.description.as_str())
            .with("base_url", config.base_url.as_str())
            .with("root", config.root.as_str())
            .with("home", config.rooted(&edition.prefix))
            .with("base_url_text", config.shown(""))
            .with("host", config.host.as_str())
            .with("language", edition.language.as_str())
            .with("locale", locale.open_graph.as_str())
            .with("timezone", config.zone().iana_name().unwrap_or("UTC"))
            .with("dir", locale.direction)
            .with("text_attributes", foreign(site, edition, theme))
            .with("menu", menu)
            .with("has_faq", edition.has_faq())
            .with("has_guides", edition.has_guides())
            .with("has_people", site.has_people())
            .into(),
    );
    let image = site.issuer_picture.map(|(asset, picture)| {
        Object::new()
            .with("url", config.rooted(asset.path()))
            .with("width", picture.width)
            .with("height", picture.height)
    });
    context.insert_value(
        "issuer",
        Object::new()
            .with("name", &*issuer.name)
            .with("url", &*issuer.url)
            .maybe("email", issuer.email.as_deref())
            .maybe("description", issuer.description.as_deref())
            .maybe("image", image)
            .into(),
    );
    context.insert_value("badges", badges.iter().cloned().map(Value::from).collect::<Vec<_>>().into());
    context.insert("w", locale.words.all());
    context.insert("accent", &Accent::new(&config.accent));
}

fn is_translation(site: &Site<'_>, edition: &Edition<'_>) -> bool {
    edition.language != site.config.language
}

/// The attributes of an element with text that exists in the default language only (WCAG 2.2, success criterion
/// 3.1.2), with a space in front; nothing on pages of that language.
fn foreign(site: &Site<'_>, edition: &Edition<'_>, theme: &Theme) -> String {
    if !is_translation(site, edition) {
        return String::new();
    }
    format!(" lang=\"{}\" dir=\"{}\"", site.config.language, theme.locale(0).direction)
}

/// What a menu's entry is called in another language than that of site.yaml: the title of the page it leads to.
fn label<'e>(edition: &'e Edition<'_>, entry: &MenuEntry, words: &'e Words) -> Option<&'e str> {
    let path = entry.leads_to.as_deref()?;
    let page = edition.pages.iter().find(|page| page.path == path && !page.fallback);
    let own = match path {
        "" => Some("home"),
        "verify/" => Some("title_verify"),
        "faq/" => Some("title_faq"),
        "guides/" => Some("guides"),
        "people/" => Some("title_people"),
        _ => None,
    };
    page.map(|page| page.title).or_else(|| own.map(|key| words.get(key)))
}

fn badge_object(site: &Site<'_>, edition: &Edition<'_>, badge: &Badge<'_>) -> Object {
    let record = badge.record;
    Object::new()
        .with("id", &*record.id)
        .with("name", &*record.name)
        .maybe("abbreviation", record.abbreviation.as_deref())
        .with("label", badge.label())
        .maybe("kind", record.kind.as_deref())
        .with("description", &*record.description)
        .with("url", site.config.rooted(edition.at(&badge.path())))
        .maybe("image", pictures::value(&site.config, badge))
}

fn in_full(badge: &Badge<'_>, object: &Object, criteria: &str) -> Object {
    let skills: Vec<Value> = badge.record.skills.iter().map(|skill| Value::from(&**skill)).collect();
    object
        .clone()
        .maybe("criteria_html", (!criteria.is_empty()).then_some(criteria))
        .with("skills", skills)
        .maybe("validity", badge.record.validity.as_deref())
        .maybe("renewal_url", badge.record.renewal.as_ref().and_then(|renewal| renewal.url.as_deref()))
}
