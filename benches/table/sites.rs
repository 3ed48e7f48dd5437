//! Makes sites of any size: awards of invented people with names in many scripts.
//!
//! The same number gives the same site on any machine. Names are put together from syllables, so that they are
//! nobody's.

use std::{fmt::Write as _, fs, path::Path};

/// A small generator (xorshift64*): good enough to spread things, the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
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

/// Writes a site with `awards` awards, spread over `files` exports.
pub fn write_site(folder: &Path, awards: usize, files: usize, cards: bool) -> std::io::Result<()> {
    let content = folder.join("content");
    fs::create_dir_all(content.join("earners"))?;
    fs::create_dir_all(content.join("badges"))?;
    fs::create_dir_all(content.join("faq"))?;
    fs::write(
        folder.join("site.yaml"),
        format!(
            "title: Bench\nbase_url: https://badges.bench.example/\ntimezone: America/New_York\n\
             issuer: {{name: Bench Association, url: 'https://bench.example/'}}\noutputs: {{share_card: {cards}}}\n"
        ),
    )?;
    fs::write(content.join("index.md"), "---\ntitle: Bench\n---\nA bench.\n")?;
    fs::write(
        content.join("faq/renewing.md"),
        "---\ntitle: Renewing\n---\n## How do I renew? {#renew when=expired,expiring}\n\nFill in the form.\n",
    )?;
    for id in ["ccxp", "member"] {
        fs::write(
            content.join(format!("badges/{id}.svg")),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><circle cx=\"50\" cy=\"50\" r=\"45\" fill=\"#1f5f8b\"/></svg>",
        )?;
    }
    fs::write(
        content.join("badges/badges.yaml"),
        "badges:\n  - id: ccxp\n    name: Certified Customer Experience Professional\n    abbreviation: CCXP\n    description: Mastery of customer experience.\n    image: ccxp.svg\n    \
         criteria: |\n      - Bachelor degree and three years of full-time experience\n      - Passed the proctored examination\n      - Agreed to the code of ethics\n  \
         - id: member\n    name: Professional Member\n    description: Member of the association.\n    image: member.svg\n",
    )?;
    let mut dice = Dice::new(20_261_201);
    let each = awards.div_ceil(files);
    for file in 0..files {
        let mut text = String::from("exported_at: 2026-11-20T06:00:00Z\nearners:\n");
        for number in (file * each)..((file + 1) * each).min(awards) {
            let badge = if dice.roll(5) < 2 { "ccxp" } else { "member" };
            let years = if badge == "ccxp" { 3 } else { 1 };
            let (year, month, day) = (2020 + dice.roll(7), 1 + dice.roll(12), 1 + dice.roll(28));
            let revoked = if dice.roll(200) == 0 { "        status: revoked\n" } else { "" };
            let _ = write!(
                text,
                "  - id: e{number:07}\n    name: \"{}\"\n    email: earner{number}@mail.example\n    company: {} & Sons\n    job_title: Head of {}\n    awards:\n      \
                 - id: {:016x}{number:06x}\n        badge: {badge}\n        issued: {year}-{month:02}-{day:02}\n        expires: {}-{month:02}-{day:02}\n{revoked}        \
                 evidence:\n          - {{name: Portfolio, url: \"https://portfolio.example/{number}\"}}\n",
                name(&mut dice),
                word(&mut dice, 0),
                word(&mut dice, 0),
                (dice.roll(1 << 30) as u64) << 20 | dice.roll(1 << 20) as u64,
                year + years,
            );
        }
        fs::write(content.join(format!("earners/{file:03}.yaml")), text)?;
    }
    Ok(())
}
