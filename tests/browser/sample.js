// Which pages of the sample site the tests open: at least one of every kind, and awards whose dates were
// chosen so that on the day of the build every status is there. The sample lives in content/; when an
// award's dates change there, its line here changes too.

const ISSUER = 'Customer Experience Professionals Association';
const CCXP = 'Certified Customer Experience Professional (CCXP)';
const MEMBER = 'CXPA Professional Member';

/** Awards by what is special about them: what a reader must find on their pages. */
export const awards = {
  'active': { id: '845f6b7bf181000208634038', status: 'active', name: 'Hildegard Morgenthau-Öztürk', badge: CCXP,
    sentence: 'Valid until 1 October 2090.' },
  'active without an end': { id: '674eba23ec16c486aebab241', status: 'active', name: 'Béatrice Chênevert-L’Hôpital',
    badge: MEMBER, sentence: 'Valid, with no end date.' },
  'expiring': { id: '9ed52e43b74eaed8f69592', status: 'expiring', name: 'Kate Osei', badge: CCXP,
    sentence: 'Valid until 1 March 2027. Renewal is open.' },
  'expired': { id: '53c2ae5ae4b3e13f2de5ebba', status: 'expired', name: 'Ευδοκία Παπαχριστοδουλίδου', badge: CCXP,
    sentence: 'Expired on 15 May 2026.' },
  'upcoming': { id: '7bae1acd378fef4e3e2c0e1a', status: 'upcoming', name: 'Ambrosius Vanterpool-Sætre', badge: MEMBER,
    sentence: 'Begins on 1 January 2090.' },
  'revoked': { id: '07d9114949b7203a786f6c9b', status: 'revoked', name: 'Percival Ashgrove-Tunde Jr.', badge: CCXP,
    sentence: `Withdrawn by ${ISSUER}. Code of ethics breached.` },
  'suspended': { id: '5839ddc129549c6be030a023', status: 'suspended', name: 'Zoë-Mae Strandqvist', badge: MEMBER,
    sentence: `Suspended by ${ISSUER}. Do not rely on it at present. Payment being checked.` },
  'superseded': { id: 'd9d7c0692f50b487ad581e1e', status: 'superseded', name: 'Kate Osei', badge: CCXP,
    sentence: 'Replaced by a newer award.' },
  'right-to-left': { id: '552fb11447b99eb425ec5ee4', status: 'active', name: 'عبد الرحمن القنديلي', badge: CCXP,
    sentence: 'Valid until 9 September 2090.' },
  'Lao': { id: '4800090643e5d83b63b378dd', status: 'expiring', name: 'ບຸນທະວີ ແສງອາລຸນ', badge: CCXP,
    sentence: 'Valid until 20 February 2027. Renewal is open.' },
  'long-named': { id: 'ccxp-2026-0318-mfg', status: 'active', badge: CCXP,
    name: 'Maria Fernanda Guadalupe de los Ángeles Villaseñor-Echeverría y Santibáñez de la Cruz',
    sentence: 'Valid until 31 December 2036.' },
};
for (const award of Object.values(awards)) award.path = `/verify/${award.id}/`;

export const issuer = ISSUER;
export const host = 'badges.cxpa.example';

/** An old address, and where it leads. */
export const alias = { path: '/verify/s3kJd9aQ/', to: awards.expiring.path };
/** An award that its earner keeps to themselves. */
export const hidden = { path: '/verify/887143275d02598a30f1d674/' };

/** One page of every kind: what it is called in a test's name, and its path. */
export const pages = {
  'home': '/',
  'check a badge': '/verify/',
  'badge': '/badges/ccxp/',
  'FAQ overview': '/faq/',
  'FAQ category': '/faq/expiry/',
  'guides overview': '/guides/',
  'guide': '/guides/managing/',
  'plain page': '/privacy/',
  'directory': '/people/',
  'people of a badge': '/people/badge/ccxp/',
  'person': '/people/kate-osei/',
  'private award': hidden.path,
  'old address': alias.path,
  'page not found': '/404.html',
  ...Object.fromEntries(Object.entries(awards).map(([what, award]) => [`${what} award`, award.path])),
};
