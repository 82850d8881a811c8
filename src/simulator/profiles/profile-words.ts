/** Country code, region, city, time zone. */
export const PLACES = [
  ["US", "California", "San Francisco", "America/Los_Angeles"],
  ["US", "New York", "New York", "America/New_York"],
  ["US", "Texas", "Austin", "America/Chicago"],
  ["US", "Illinois", "Chicago", "America/Chicago"],
  ["GB", "England", "London", "Europe/London"],
  ["GB", "Scotland", "Edinburgh", "Europe/London"],
  ["DE", "Bavaria", "München", "Europe/Berlin"],
  ["DE", "Berlin", "Berlin", "Europe/Berlin"],
  ["FR", "Île-de-France", "Paris", "Europe/Paris"],
  ["IN", "Karnataka", "Bengaluru", "Asia/Kolkata"],
  ["IN", "Maharashtra", "मुंबई", "Asia/Kolkata"],
  ["BR", "São Paulo", "São Paulo", "America/Sao_Paulo"],
  ["JP", "東京都", "渋谷区", "Asia/Tokyo"],
  ["EG", "Cairo", "القاهرة", "Africa/Cairo"],
  ["PL", "Lesser Poland", "Kraków", "Europe/Warsaw"],
  ["NG", "Lagos", "Lagos", "Africa/Lagos"],
] as const;

export const FIRST_NAMES = [
  "Amara",
  "Ben",
  "Chloé",
  "Dmitri",
  "Elif",
  "Farid",
  "Grace",
  "Hiro",
  "Inês",
  "Jonas",
  "Katarzyna",
  "Liam",
  "Mei",
  "Noor",
  "Ólafur",
  "Priya",
  "Quentin",
  "Rosa",
  "Søren",
  "Tove",
  "Uma",
  "Víctor",
  "王芳",
  "Юлия",
] as const;

export const LAST_NAMES = [
  "Adeyemi",
  "Brown",
  "Costa",
  "Dubois",
  "Eriksson",
  "Fischer",
  "García",
  "Haddad",
  "Ito",
  "Jansen",
  "Kowalska",
  "Lee",
  "Müller",
  "Nguyen",
  "O'Brien",
  "Patel",
  "Rossi",
  "Silva",
  "Tanaka",
  "Yılmaz",
] as const;

export const SYSTEMS = [
  ["iOS", "Mobile Safari", "iPhone16,2"],
  ["Android", "Chrome", "Pixel 9"],
  ["Android", "Samsung Internet", "SM-S928B"],
  ["Mac OS X", "Safari", "Macintosh"],
  ["Windows", "Edge", "PC"],
  ["Windows", "Chrome", "PC"],
  ["Linux", "Firefox", "PC"],
] as const;

export const REFERRERS = [
  "https://www.google.com/",
  "https://news.ycombinator.com/item?id=41234567&ref=a%20b",
  "https://duckduckgo.com/?q=profile+export",
  "$direct",
  "android-app://com.google.android.gm/",
] as const;

export const CAMPAIGNS = ["spring-launch", "webinar/2025", "partner_de", "retargeting", "none"] as const;

/** Lists as JSON text. */
export const TAGS = [
  "[]",
  '["beta"]',
  '["power user","nps:9"]',
  '["churn-risk","référence"]',
  '["社内"]',
  '["🚀 early","beta","vat-exempt"]',
  "[[],[null]]",
] as const;

/** JSON texts of notes: escapes, quotes, line breaks, other scripts, brackets that open nothing. */
export const NOTES = [
  '""',
  '"Renewal call moved to May"',
  '"Asked for \\"net 60\\" terms\\nand a second seat"',
  '"Prefers e-mail \\u2014 caf\\u00e9 near the office \\/ no calls"',
  '"お客様は来週ご連絡予定です"',
  '"Завершил обучение 🎓👩🏽‍💻"',
  '"path C:\\\\Users\\\\team\\t{not json] }"',
  '"two lines\u2028in one"',
] as const;

/** Members that only some profiles have, as JSON text: what makes exporters stumble. */
export const ODDITIES = [
  '"Email":"upper@example.com"',
  '"userName":"camel","username":"lower"',
  '"utm.source":"newsletter"',
  '"score":1.0',
  '"balance":-0.0',
  '"quota":1E+2',
  '"ledger_id":123456789012345678901234567890',
  '"referred_by":null',
  '"nickname":"<null>"',
  '"middle_name":"<undefined>"',
  '"":"a name with nothing in it"',
  '"quoted \\"name\\"":true',
  '"__proto__":{"polluted":false}',
  '"ünïcode ключ":"値"',
  '"matrix":[[1,2],[3,[4,[]]],{}]',
  '"trial_ends":"2026-02-30"',
] as const;
