//! Makes sites of any size: awards of invented people with names in many scripts.
//!
//! The same number gives the same site on any machine. Names are put together from syllables, so that they are
//! nobody's.

use std::{fmt::Write as _, fs, path::Path};

/// The day that sites are built for.
pub const DAY: &str = "2026-12-01";
/// The day after it.
pub const NEXT_DAY: &str = "2026-12-02";
/// The answer that no verification page shows, and the one that those of lapsed awards show.
pub const QUIET_ANSWER: &str = "faq/sharing";
pub const SHOWN_ANSWER: &str = "faq/renewing";

/// A small generator (xorshift64*): good enough to spread things, the same everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(value).unwrap_or(0) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

/// Syllables by script: how many of them make a name, what stands between, the syllables.
const SCRIPTS: &[(usize, &[&str])] = &[
    (3, &["Ka", "te", "ri", "Lo", "mar", "sen", "vi", "dal", "No", "ra", "beck", "Os", "lin", "ton"]),
    (3, &["Jo", "sé", "Mu", "ñoz", "Ál", "va", "rez", "Iñi", "go", "Ber", "müd", "ez"]),
    (3, &["Şü", "krü", "İp", "ek", "Ğü", "neş", "Çe", "lik", "Öz", "gür"]),
    (3, &["Łu", "kasz", "Żół", "ko", "wicz", "Ście", "żyń", "ski", "Bła", "żej"]),
    (3, &["Ngu", "yễn", "Thị", "Ánh", "Đặ", "ng", "Phư", "ợng", "Trầ", "n"]),
    (3, &["Ю", "лия", "Ще", "гол", "ёва", "Мак", "сим", "Дра", "гун", "ов"]),
    (3, &["Ελέ", "νη", "Παπ", "αδό", "που", "λος", "Κων", "στα", "ντί", "νος"]),
    (2, &["محمد", "عبد", "الله", "فاطمة", "حسن", "زهراء", "نور"]),
    (2, &["דוד", "כהן", "רחל", "לוי", "נועם", "שירה"]),
    (2, &["山", "田", "太", "郎", "花", "子", "小", "林"]),
    (2, &["김", "민", "준", "서", "연", "남", "궁"]),
    (2, &["अर्जुन", "शर्मा", "प्रिया", "वर्मा"]),
    (3, &["Ա", "րամ", "Սար", "գսյան", "Նա", "րե"]),
    (3, &["ნი", "ნო", "ბე", "რი", "ძე", "გი", "ორ"]),
];

fn word(dice: &mut Dice, script: usize) -> String {
    let (length, syllables) = SCRIPTS[script];
    let count = 1 + dice.roll(length);
    (0..=count).map(|_| dice.pick(syllables)).collect()
}

fn name(dice: &mut Dice) -> String {
    // Half the names are Latin without marks, as in most exports.
    let script = if dice.roll(2) == 0 { 0 } else { dice.roll(SCRIPTS.len()) };
    format!("{} {}", word(dice, script), word(dice, script))
}

/// What is made.
#[derive(Clone, Copy)]
pub struct Wanted {
    pub awards: usize,
    /// Over how many exports they are spread.
    pub exports: usize,
    /// The files beside each page, as site.yaml has them.
    pub outputs: &'static str,
    /// Whether each award has an old address that leads to it.
    pub aliases: bool,
    /// How many of a hundred people are in the directory, with a page of their own.
    pub public: usize,
}

/// One award and who holds it.
pub struct Award {
    pub id: String,
    pub number: usize,
    pub name: String,
    pub company: String,
    pub job_title: String,
    pub badge: &'static str,
    pub issued: String,
    pub expires: String,
    pub revoked: bool,
}

impl Award {
    pub fn evidence(&self) -> String {
        format!("https://portfolio.example/{}", self.number)
    }
}

/// So many awards, the same at each call.
pub fn awards(count: usize) -> impl Iterator<Item = Award> {
    let mut dice = Dice::new(20_261_201);
    (0..count).map(move |number| {
        let (badge, years) = if dice.roll(5) < 2 { ("ccxp", 3) } else { ("member", 1) };
        let (year, month, day) = (2020 + dice.roll(7), 1 + dice.roll(12), 1 + dice.roll(28));
        // Of a thousand awards one ends with the day that sites are built for. One more or less becomes due for renewal
        // or ends by chance, so that two of a thousand are others the next day.
        let (year, month, day) = if number % 1000 == 500 { (2026 - years, 12, 1) } else { (year, month, day) };
        Award {
            id: format!("{:016x}{number:06x}", (dice.roll(1 << 30) as u64) << 20 | dice.roll(1 << 20) as u64),
            number,
            name: name(&mut dice),
            company: format!("{} & Sons", word(&mut dice, 0)),
            job_title: format!("Head of {}", word(&mut dice, 0)),
            badge,
            issued: format!("{year}-{month:02}-{day:02}"),
            expires: format!("{}-{month:02}-{day:02}", year + years),
            revoked: number % 1000 != 500 && dice.roll(200) == 0,
        }
    })
}

const BADGES: &str = "\
badges:
  - id: ccxp
    name: Certified Customer Experience Professional
    abbreviation: CCXP
    description: Mastery of customer experience.
    image: ccxp.svg
    criteria: |
      - Bachelor degree and three years of full-time experience
      - Passed the proctored examination
      - Agreed to the code of ethics
  - id: member
    name: Professional Member
    description: Member of the association.
    image: member.svg
";

const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\">\
                       <circle cx=\"50\" cy=\"50\" r=\"45\" fill=\"#1f5f8b\"/></svg>";

/// Writes site.yaml, with more lines at its end.
fn settings(folder: &Path, outputs: &str, more: &str) {
    let text = format!(
        "title: Bench\nbase_url: https://badges.bench.example/\ntimezone: America/New_York\n\
         issuer: {{name: Bench Association, url: 'https://bench.example/'}}\noutputs: {{{outputs}}}\n{more}"
    );
    fs::write(folder.join("site.yaml"), text).expect("site.yaml can be written");
}

/// Puts into a site what every build warns of, or takes it out again: exports that are too old, and a file that is no
/// part of a site.
pub fn warn(folder: &Path, wanted: &Wanted, is_wanted: bool) {
    let stray = folder.join("content/plan.xlsx");
    settings(folder, wanted.outputs, if is_wanted { "stale_after: 7 days\n" } else { "" });
    if is_wanted {
        fs::write(stray, "x").expect("it can be written");
    } else {
        fs::remove_file(stray).expect("it can be removed");
    }
}

/// Writes a site.
pub fn write(folder: &Path, wanted: &Wanted) {
    let content = folder.join("content");
    let file = |path: &str, text: &str| {
        let path = content.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        fs::write(path, text).expect("it can be written");
    };
    file("index.md", "---\ntitle: Bench\n---\nA bench.\n");
    let question = |title: &str, heading: &str| format!("---\ntitle: {title}\n---\n## {heading}\n\nLike this.\n");
    file(&format!("{SHOWN_ANSWER}.md"), &question("Renewing", "How do I renew? {#renew when=expired,expiring}"));
    file(&format!("{QUIET_ANSWER}.md"), &question("Sharing", "How do I share it? {#share}"));
    file("badges/badges.yaml", BADGES);
    file("badges/ccxp.svg", PICTURE);
    file("badges/member.svg", PICTURE);
    settings(folder, wanted.outputs, "");
    let mut all = awards(wanted.awards);
    let each = wanted.awards.div_ceil(wanted.exports);
    for number in 0..wanted.exports {
        let mut text = String::from("exported_at: 2026-11-20T06:00:00Z\nearners:\n");
        all.by_ref().take(each).for_each(|award| record(&mut text, wanted, &award));
        file(&format!("earners/{number:03}.yaml"), &text);
    }
}

fn record(text: &mut String, wanted: &Wanted, award: &Award) {
    let Award { id, number, name, company, job_title, badge, issued, expires, .. } = award;
    let _ = write!(
        text,
        "  - id: e{number:07}\n    name: \"{name}\"\n    email: earner{number}@mail.example\n    company: {company}\n    \
         job_title: {job_title}\n"
    );
    if number % 100 < wanted.public {
        let _ = write!(text, "    visibility: public\n    handle: person-{number}\n");
    }
    let _ = write!(
        text,
        "    awards:\n      - id: {id}\n        badge: {badge}\n        issued: {issued}\n        expires: {expires}\n"
    );
    if award.revoked {
        text.push_str("        status: revoked\n");
    }
    if wanted.aliases {
        let _ = writeln!(text, "        aliases: [code{number:07}]");
    }
    let _ = write!(text, "        evidence:\n          - {{name: Portfolio, url: \"{}\"}}\n", award.evidence());
}
