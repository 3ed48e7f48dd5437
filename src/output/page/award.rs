//! The verification page, and what answers at the other addresses of an award.

use std::hash::Hash;

use jiff::tz::TimeZone;
use tera::{Context, Value};

use super::{
    dates,
    frame::{Card, Page},
    object::Object,
    share, structured,
};
use crate::{
    address,
    diagnostic::{Diagnostic, Place},
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, Press, View, credential::offer, data::oembed, picture::qr::Codes},
    prose::escape,
    site::{Award, Badge, Status, alias_path},
    source::record::Visibility,
    theme::Words,
};

/// The size at which pages show a QR code, in CSS pixels: some 4 cm on paper and more than 2 cm on a phone.
const QR_SIZE: u32 = 200;

/// The page that says whose an award is, and whether it counts.
pub struct VerificationPage;

impl Output for VerificationPage {
    fn name(&self) -> &'static str {
        "award"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.open_award(index).is_some() {
            view.editions().for_each(|(language, _)| add(Item::of(index).in_language(language)));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file(&view.award(item.index).map(Award::path).unwrap_or_default(), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        let Some((award, _)) = view.open_award(item.index) else { return };
        let site = view.site;
        let status = view.status(item.index);
        let newer = award.newer.and_then(|newer| site.awards.get(newer)).map(|newer| &newer.record.id);
        let person = award.person.and_then(|person| site.directory.people.get(person)).map(|person| &person.handle);
        (award.digest, award.timeline, status, newer, person).hash(on);
        view.hash_sheet(item.language, on);
        view.credentials.as_ref().map(|credentials| credentials.has_assertion(award)).hash(on);
        view.hash_badge(award.badge, item.language, on);
        view.hash_questions(award.badge, status, item.language, on);
        // A narrative may show pictures of the site, with their sizes.
        if award.record.evidence.iter().any(|evidence| evidence.narrative.is_some()) {
            view.pictures.hash(on);
        }
    }

    fn award(&self, item: Item) -> Option<usize> {
        (item.language == 0 && item.part == 0).then_some(item.index)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making
            .in_language(item.language, |press| press.award(item.index, making.view.status(item.index), &making.codes))
    }
}

/// The page that says nothing, at the address of a private award and at its aliases.
pub struct PrivatePage;

impl Output for PrivatePage {
    fn name(&self) -> &'static str {
        "private"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        let Some(award) = view.award(index).filter(|award| award.is_private()) else { return };
        view.editions().for_each(|(language, _)| add(Item::of(index).in_language(language)));
        (1..=award.record.aliases.len()).for_each(|alias| add(Item::of(index).part(alias)));
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file(&folder(view, item), item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
    }

    fn award(&self, item: Item) -> Option<usize> {
        (item.language == 0 && item.part == 0).then_some(item.index)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, |press| press.private(&folder(making.view, item), item.part > 0))
    }
}

/// A page that leads on to an award.
pub struct Alias;

impl Output for Alias {
    fn name(&self) -> &'static str {
        "alias"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        let Some((award, _)) = view.open_award(index) else { return };
        (1..=award.record.aliases.len()).for_each(|alias| add(Item::of(index).part(alias)));
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file(&folder(view, item), 0)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(0, on);
        let Some((award, badge)) = view.open_award(item.index) else { return };
        let record = award.record;
        (&record.id, award.earner.public_name(), record.issued, record.expires, &badge.record.id).hash(on);
    }

    fn origin(&self, view: &View<'_>, item: Item) -> Option<(String, Place)> {
        view.award(item.index)?.alias_origin(item.part.checked_sub(1)?)
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(0, |press| press.alias(item.index))
    }
}

/// Where a page of an award is: the award's own, or one of its aliases, which are counted from 1.
fn folder(view: &View<'_>, item: Item) -> String {
    let Some(award) = view.award(item.index) else { return String::new() };
    match item.part.checked_sub(1).and_then(|alias| award.record.aliases.get(alias)) {
        Some(alias) => alias_path(alias),
        None => award.path(),
    }
}

impl Press<'_> {
    /// The verification page of an award with a status.
    fn award(&self, index: usize, status: Status, codes: &Codes) -> Result<Vec<u8>, Diagnostic> {
        let (Some(award), Some(page)) = (self.site.awards.get(index), self.award_page(index)) else {
            return Ok(Vec::new());
        };
        let mut context = Context::new();
        let address = self.site.config.absolute(award.path());
        let label = self.words.fill("qr_alt", &[("address", &self.site.config.shown(award.path()))]);
        let code = codes.inline(&address, &label, QR_SIZE).map_err(|error| Diagnostic::error(error.to_string()))?;
        self.offer_signing(&mut context);
        context.insert_value("award", self.award_value(award, status, address, code));
        self.page("award.html", page, context)
    }

    /// The frame of a verification page. Nothing in it tells a status: what is shared is kept elsewhere for days.
    fn award_page(&self, index: usize) -> Option<Page> {
        let award = self.site.awards.get(index)?;
        let badge = self.site.badges.get(award.badge)?;
        let (words, config, zone) = (self.words, &self.site.config, self.site.config.zone());
        let issuer = &*self.site.documents.config.issuer.name;
        let name = award.earner.public_name();
        let issued = self.locale.said(&award.record.issued.as_start(zone));
        let expires = award.record.expires.map(|when| self.locale.said(&when.as_end(zone)));
        let description = match &expires {
            Some(expires) => words.fill(
                "description_award_until",
                &[
                    ("name", name),
                    ("badge", &badge.record.name),
                    ("issuer", issuer),
                    ("issued", &issued),
                    ("expires", expires),
                ],
            ),
            None => words.fill(
                "description_award",
                &[("name", name), ("badge", &badge.record.name), ("issuer", issuer), ("issued", &issued)],
            ),
        };
        let label = |key: &str| words.get(key).to_owned();
        let until = expires.unwrap_or_else(|| label("label_no_end"));
        Some(Page {
            kind: "award",
            title: words.fill("title_award", &[("name", name), ("badge", &badge.record.name)]),
            heading: name.to_owned(),
            description,
            path: award.path(),
            noindex: !config.indexing || award.earner.visibility() != Visibility::Public,
            trail: vec![(badge.label().to_owned(), badge.path())],
            card: config
                .outputs
                .share_card
                .then(|| Card { path: format!("{}card.png", award.path()), alt: self.picture_words(award, badge) }),
            labels: vec![(label("label_issued"), issued), (label("label_valid_until"), until)],
            json_ld: vec![structured::award(self.site, award, badge)],
            ..Page::default()
        })
    }

    fn award_value(&self, award: &Award<'_>, status: Status, address: String, code: String) -> Value {
        let (words, config, zone) = (self.words, &self.site.config, self.site.config.zone());
        let (record, earner, timeline) = (award.record, award.earner, &award.timeline);
        let Some(badge) = self.site.badges.get(award.badge) else { return Value::none() };
        let counts = status.counts();
        let embed = counts.then(|| self.snippet(award, badge)).flatten();
        let links = share::links(self.site, words, award, badge, status);
        let linked = embed.is_some() || links.iter().any(|link| link.url.is_some());
        let share: Vec<Value> = links
            .into_iter()
            .map(|link| {
                Object::new()
                    .with("id", link.id)
                    .with("label", words.get(share_key(link.id)))
                    .maybe("url", link.url)
                    .into()
            })
            .collect();
        let fields: Vec<Value> = if counts {
            let fields = share::linkedin_fields(self.site, self.locale, award, badge).into_iter();
            fields.map(|(key, value)| Object::new().with("label", words.get(key)).with("value", value).into()).collect()
        } else {
            Vec::new()
        };
        let evidence: Vec<Value> = record
            .evidence
            .iter()
            .enumerate()
            .map(|(index, evidence)| {
                let address = evidence.url.as_deref().map(address::shown);
                let name = evidence.name.as_deref().or(address.as_deref()).unwrap_or_else(|| words.get("evidence"));
                let html = evidence
                    .narrative
                    .as_ref()
                    .map(|text| self.prose.narrative(self.setting(), award.origin.file, index + 1, text));
                Object::new()
                    .with("name", name)
                    .maybe("url", evidence.url.as_deref())
                    .maybe("narrative_html", html)
                    .into()
            })
            .collect();
        let renewed: Vec<Value> =
            record.renewed.iter().map(|when| dates::said(self.locale, &when.as_start(zone))).collect();
        let file = |wanted: bool, name: &str| wanted.then(|| config.rooted(format!("{}{name}", award.path())));
        let qr = Object::new()
            .with("svg_html", code)
            .maybe("svg", file(config.outputs.qr_svg, "qr.svg"))
            .maybe("png", file(config.outputs.qr_png, "qr.png"));
        let newer = award.newer.and_then(|newer| self.site.awards.get(newer)).map(|newer| self.rooted(&newer.path()));
        let questions = self.questions.get(award.badge).and_then(|of| of.get(status as usize)).cloned();
        Object::new()
            .with("id", &*record.id)
            .with("url", self.rooted(&award.path()))
            .with("path", award.path())
            .with("address", address)
            .with("status", status.word())
            .with("name", earner.public_name())
            .maybe("company", earner.company.as_deref())
            .maybe("job_title", earner.job_title.as_deref())
            .maybe("badge", self.badges_in_full.get(award.badge).cloned())
            .with("sentence", self.sentence(award, status))
            .with("sentences", self.sentences(award, status))
            .with("meanings", self.meanings.of(award, zone))
            .with("valid_from", dates::instant(timeline.valid_from))
            .maybe("valid_until", timeline.valid_until.map(dates::instant))
            .maybe("notice_from", timeline.notice_from.map(dates::instant))
            .with("issued", dates::said(self.locale, &record.issued.as_start(zone)))
            .maybe("expires", record.expires.map(|when| dates::said(self.locale, &when.as_end(zone))))
            .with("renewed", renewed)
            .maybe("reason", record.reason.as_deref())
            .maybe("newer", newer)
            .maybe("person_url", self.person_path(award).map(|path| self.rooted(&path)))
            .with("evidence", evidence)
            .with("qr", qr)
            .maybe("certificate", self.certificate_url(award))
            .maybe("credential", self.credentials.map(|of| offer::award(of, config, award, badge)))
            .with("share", share)
            .with("can_add_to_profile", counts)
            .with("linkedin_fields", fields)
            .with("linked", linked)
            .maybe("embed", embed)
            .maybe("oembed", config.outputs.oembed.then(|| config.absolute(oembed::path(award))))
            .with("renewable", award.timeline.valid_until.is_some() && !reachable(award, status).is_empty())
            .maybe("renewal_url", renewal_url(badge))
            .maybe("questions", questions)
            .with("freshness_url", self.freshness.as_str())
            .into()
    }

    /// Where an award's certificate is, if there is one.
    fn certificate_url(&self, award: &Award<'_>) -> Option<String> {
        let config = &self.site.config;
        config.outputs.certificate_pdf.then(|| config.rooted(format!("{}certificate.pdf", award.path())))
    }

    /// What a page's script may have to say of an award instead, by the reader's clock.
    pub(super) fn sentences(&self, award: &Award<'_>, status: Status) -> Vec<Value> {
        reachable(award, status)
            .into_iter()
            // The page itself says what is so now.
            .filter(|other| *other != status)
            .map(|status| {
                Object::new().with("status", status.word()).with("sentence", self.sentence(award, status)).into()
            })
            .collect()
    }

    /// The one sentence of a status, as HTML.
    pub(super) fn sentence(&self, award: &Award<'_>, status: Status) -> String {
        let words = self.words;
        let zone = self.site.config.zone();
        let issuer = escape(&self.site.documents.config.issuer.name);
        let until = award.record.expires.map(|when| dates::time_element(self.locale, &when.as_end(zone)));
        let reason = award.record.reason.as_deref().map(|reason| {
            let ended = reason.ends_with(['.', '!', '?', '。', '؟', '।', '…']);
            format!("{}{}", escape(reason), if ended { "" } else { "." })
        });
        let filled = |key: &str| {
            let from = dates::time_element(self.locale, &award.record.issued.as_start(zone));
            let date = if status == Status::Upcoming { Some(from.as_str()) } else { until.as_deref() };
            words.fill(
                key,
                &[
                    ("date", date.unwrap_or_default()),
                    ("issuer", &issuer),
                    ("reason", reason.as_deref().unwrap_or_default()),
                ],
            )
        };
        match status {
            Status::Active if until.is_none() => filled("status_active_forever"),
            Status::Active => filled("status_active_until"),
            Status::Expiring => filled("status_expiring"),
            Status::Expired => filled("status_expired"),
            Status::Upcoming => filled("status_upcoming"),
            Status::Suspended if reason.is_some() => filled("status_suspended_reason"),
            Status::Suspended => filled("status_suspended"),
            Status::Revoked if reason.is_some() => filled("status_revoked_reason"),
            Status::Revoked => filled("status_revoked"),
            Status::Superseded => filled("status_superseded"),
        }
    }

    /// The page at the address of a private award, or at one of its aliases.
    fn private(&self, path: &str, is_alias: bool) -> Result<Vec<u8>, Diagnostic> {
        let words = self.words;
        let page = Page {
            kind: "private",
            title: words.get("title_private").to_owned(),
            heading: words.get("title_private").to_owned(),
            description: words.get("description_private").to_owned(),
            path: path.to_owned(),
            noindex: true,
            only_here: is_alias,
            ..Page::default()
        };
        self.page("private.html", page, Context::new())
    }

    /// A page that leads on to an award. To scrapers it looks like the award's own page.
    fn alias(&self, index: usize) -> Result<Vec<u8>, Diagnostic> {
        let Some(page) = self.award_page(index) else { return Ok(Vec::new()) };
        let mut context = Context::new();
        context.insert("target", &self.rooted(&page.path));
        let heading = self.words.get("title_alias").to_owned();
        self.page(
            "alias.html",
            Page { kind: "alias", heading, noindex: true, json_ld: Vec::new(), only_here: true, ..page },
            context,
        )
    }
}

fn renewal_url<'b>(badge: &'b Badge<'_>) -> Option<&'b str> {
    badge.record.renewal.as_ref().and_then(|renewal| renewal.url.as_deref())
}

/// What each status means for whoever checks an award, in all the ways that its dates may be: made once, shared by all.
pub(in crate::output) struct Meanings([[Value; 3]; 2]);

impl Meanings {
    /// The meanings in a language.
    pub(in crate::output) fn new(words: &Words) -> Self {
        let of = |from_hour: bool, end: End| -> Value {
            let mut object = Object::new();
            for status in Status::ALL {
                let key = match (status, end) {
                    (Status::Active, End::None) => "meaning_active_forever",
                    (Status::Active, End::Day) => "meaning_active",
                    (Status::Active, End::Hour) => "meaning_active_hour",
                    (Status::Expiring, End::Hour) => "meaning_expiring_hour",
                    (Status::Expiring, _) => "meaning_expiring",
                    (Status::Expired, End::Hour) => "meaning_expired_hour",
                    (Status::Expired, _) => "meaning_expired",
                    (Status::Upcoming, _) if from_hour => "meaning_upcoming_hour",
                    (Status::Upcoming, _) => "meaning_upcoming",
                    (Status::Suspended, _) => "meaning_suspended",
                    (Status::Revoked, _) => "meaning_revoked",
                    (Status::Superseded, _) => "meaning_superseded",
                };
                object = object.with(status.word(), words.get(key));
            }
            object.into()
        };
        Self([false, true].map(|from_hour| [End::None, End::Day, End::Hour].map(|end| of(from_hour, end))))
    }

    /// Those of an award.
    fn of(&self, award: &Award<'_>, zone: &TimeZone) -> Value {
        let Self([from_day, from_hour]) = self;
        let [none, day, hour] = if award.record.issued.as_start(zone).has_hour() { from_hour } else { from_day };
        match award.record.expires.map(|expires| expires.as_end(zone).has_hour()) {
            None => none.clone(),
            Some(false) => day.clone(),
            Some(true) => hour.clone(),
        }
    }
}

/// The kinds of ends that an award may have.
#[derive(Clone, Copy)]
enum End {
    None,
    Day,
    Hour,
}

/// The statuses that an award can reach by time alone: what the page's script may have to say.
fn reachable(award: &Award<'_>, status: Status) -> Vec<Status> {
    if !matches!(status, Status::Active | Status::Expiring | Status::Expired | Status::Upcoming) {
        return Vec::new();
    }
    let mut all = vec![Status::Upcoming, Status::Active];
    if award.timeline.valid_until.is_some() {
        all.extend([Status::Expiring, Status::Expired]);
    }
    all
}

fn share_key(id: &str) -> &'static str {
    match id {
        "linkedin_profile" => "share_linkedin_profile",
        "linkedin" => "share_linkedin",
        "facebook" => "share_facebook",
        "x" => "share_x",
        "email" => "share_email",
        _ => "share_link",
    }
}
