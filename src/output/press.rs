//! What all pages of one language are made with.
//!
//! A [`Press`] is set up once a build and language with everything that pages share: the compiled templates with the
//! site's own context, each badge and each question as template values.

use std::collections::BTreeMap;

use tera::{Context, Value};

use super::{
    View,
    credential::{Credentials, offer},
    page::{award::Meanings, frame::Page, object::Object},
    picture::badges,
    view::FRESHNESS,
};
use crate::{
    address::Address,
    diagnostic::Diagnostic,
    prose::{Prose, Setting},
    site::{Badge, Edition, MenuEntry, Site, Status},
    theme::{Accent, Locale, Templates, Theme, Words},
};

/// Everything that pages of one language share.
pub struct Press<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) edition: &'a Edition<'a>,
    pub(super) theme: &'a Theme,
    pub(super) locale: &'a Locale,
    /// The locale's words.
    pub(super) words: &'a Words,
    pub(super) prose: &'a Prose,
    templates: Templates,
    /// Badges as templates get them.
    pub(super) badges: Vec<Object>,
    /// For each badge, as verification pages get it: with its criteria and skills.
    pub(super) badges_in_full: Vec<Value>,
    /// For each badge the questions that pages of each status show.
    pub(super) questions: Vec<[Value; 7]>,
    /// What statuses mean for whoever checks an award.
    pub(super) meanings: Meanings,
    /// Where it is told how fresh pages are.
    pub(super) freshness: String,
    /// What credentials are made from, where the site signs.
    pub(super) credentials: Option<&'a Credentials>,
}

impl<'a> Press<'a> {
    /// Sets everything up.
    pub(super) fn new(view: &'a View<'a>, language: usize, prose: &'a Prose) -> Self {
        let (site, theme, edition, locale) =
            (view.site, view.theme, view.edition(language), view.theme.locale(language));
        let badges: Vec<Object> = site.badges.iter().map(|badge| badge_object(view, edition, badge)).collect();
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
            .position(|question| question.heading.id == FRESHNESS)
            .and_then(|index| edition.question_address(index))
            .unwrap_or_else(|| Address::of(edition.at("verify/")).at("freshness"));
        let mut shared = Context::new();
        globals(&mut shared, site, edition, theme, locale, &badges, &view.assets);
        Self {
            site,
            edition,
            theme,
            locale,
            words: &locale.words,
            prose,
            templates: theme.templates(shared, &SHARED),
            badges,
            badges_in_full,
            questions,
            meanings: Meanings::new(&locale.words),
            freshness: site.config.rooted(freshness),
            credentials: view.credentials.as_ref(),
        }
    }

    /// The address of a page of this language, as pages link to it.
    pub(super) fn rooted(&self, path: &str) -> String {
        self.site.config.rooted(self.edition.at(path))
    }

    /// The absolute address of a page of this language.
    pub(super) fn absolute(&self, path: &str) -> String {
        self.site.config.absolute(self.edition.at(path))
    }

    /// What texts of exports become HTML for.
    pub(super) fn setting(&self) -> Setting<'a> {
        Setting { site: self.site, edition: self.edition, words: self.words }
    }

    /// Who the issuer is to machines, for the pages on which a file can be checked.
    pub(super) fn offer_signing(&self, context: &mut Context) {
        if let Some(credentials) = self.credentials {
            context.insert_value("signing", offer::signing(credentials, &self.site.config).into());
        }
    }

    pub(super) fn template(&self, name: &str, context: &Context) -> Result<Vec<u8>, Diagnostic> {
        debug_assert!(!SHARED.iter().any(|name| context.contains_key(name)), "{name} gives a shared name away");
        self.templates.render(name, context).map_err(|error| self.theme.problem(name, &error))
    }

    pub(super) fn page(&self, template: &str, page: Page, mut context: Context) -> Result<Vec<u8>, Diagnostic> {
        context.insert_value("page", page.into_value(self));
        self.template(template, &context)
    }
}

/// The names of what every template gets.
const SHARED: [&str; 6] = ["site", "issuer", "badges", "w", "accent", "assets"];

/// What every template gets.
pub(super) fn globals(
    context: &mut Context,
    site: &Site<'_>,
    edition: &Edition<'_>,
    theme: &Theme,
    locale: &Locale,
    badges: &[Object],
    assets: &BTreeMap<String, String>,
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
    context.insert("assets", assets);
}

pub(super) fn is_translation(site: &Site<'_>, edition: &Edition<'_>) -> bool {
    edition.language != site.config.language
}

/// The attributes of an element with text that exists in the default language only (WCAG 2.2, success criterion
/// 3.1.2), with a space in front; nothing on pages of that language.
pub(super) fn foreign(site: &Site<'_>, edition: &Edition<'_>, theme: &Theme) -> String {
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

fn badge_object(view: &View<'_>, edition: &Edition<'_>, badge: &Badge<'_>) -> Object {
    let record = badge.record;
    Object::new()
        .with("id", &*record.id)
        .with("name", &*record.name)
        .maybe("abbreviation", record.abbreviation.as_deref())
        .with("label", badge.label())
        .maybe("kind", record.kind.as_deref())
        .with("description", &*record.description)
        .with("url", view.site.config.rooted(edition.at(&badge.path())))
        .maybe("image", badges::value(view, badge))
}

pub(super) fn in_full(badge: &Badge<'_>, object: &Object, criteria: &str) -> Object {
    let skills: Vec<Value> = badge.record.skills.iter().map(|skill| Value::from(&**skill)).collect();
    object
        .clone()
        .maybe("criteria_html", (!criteria.is_empty()).then_some(criteria))
        .with("skills", skills)
        .maybe("validity", badge.record.validity.as_deref())
        .maybe("renewal_url", badge.record.renewal.as_ref().and_then(|renewal| renewal.url.as_deref()))
}
