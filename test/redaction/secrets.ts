import { base64, digits, hex, VENDOR_TOKENS, word } from "./made-secrets.ts";

/** A secret in the line of a diff that carries it: what must be gone, and the type that stands for it. */
export interface PlantedSecret {
  readonly type: string;
  readonly secret: string;
  readonly line: string;
}

/** Lines in which tokens are found: code, configuration, headers, addresses, escapes, removed lines, prose. */
const PLACES: readonly ((token: string) => string)[] = [
  (token) => `+const client = createClient("${token}");`,
  (token) => `-export VENDOR=${token}`,
  (token) => `+  "value": "first\\n${token}\\nlast",`,
  (token) => `+curl -H 'X-Auth: ${token}' https://api.vendor.io/v1`,
  (token) => `+Rotated the old one (${token}), see the runbook.`,
];

const vendorTokens = VENDOR_TOKENS.flatMap(([type, secret], index) =>
  [0, 1].map((offset) => {
    const place = PLACES[(index + offset) % PLACES.length];
    return { type, secret, line: place?.(secret) ?? "" };
  }),
);

function plant(type: string, secret: string, toLine: (secret: string) => string): PlantedSecret {
  return { type, secret, line: toLine(secret) };
}

const body = (lines: number, mark: string): string =>
  Array.from({ length: lines }, (_, line) => mark + base64(64, `line ${line}`)).join("\n");

const block = (kind: string, mark: string): string =>
  `-----BEGIN ${kind}-----\n${body(5, mark)}\n${mark}-----END ${kind}-----`;

const npmTokens = [
  plant(
    "npm-token",
    "3f9c1d22-77ab-4c90-9d51-0a6b7c8d9e0f",
    (secret) => `+//registry.npmjs.org/:_authToken=${secret}`,
  ),
  plant("npm-token", word(40, "registry"), (secret) => `-//npm.acme.example/:_authToken = "${secret}"`),
];

const privateKeys = [
  ...["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"].map(
    (kind) => plant("private-key", block(kind, "+"), (secret) => `+${secret}`),
  ),
  plant("private-key", block("DSA PRIVATE KEY", "-"), (secret) => `-${secret}`),
  plant("private-key", block("PGP PRIVATE KEY BLOCK", " "), (secret) => ` ${secret}`),
  plant(
    "private-key",
    `-----BEGIN PRIVATE KEY-----\\n${base64(64)}\\n${base64(64, "b")}\\n-----END PRIVATE KEY-----`,
    (secret) => `+  "private_key": "${secret}\\n",`,
  ),
  plant(
    "private-key",
    `-----BEGIN RSA PRIVATE KEY-----\n${body(4, "+")}`,
    (secret) => `+${secret}\n@@ -9,1 +9,1 @@`,
  ),
];

const password = (seed: string): string => `Tr0ub4dor&${seed}!x`;

const addresses = [
  ...[
    "postgres",
    "postgresql",
    "mysql",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "https",
    "ftp",
    "ldap",
  ].map((scheme) =>
    plant(
      "url-password",
      `s3cr3t-${scheme.length}`,
      (secret) => `+URL=${scheme}://app:${secret}@db.acme.io:5432/shop`,
    ),
  ),
  plant("url-password", "p%40ss", (secret) => `+jdbc:mysql://root:${secret}@mysql.acme.io/shop`),
  plant("url-password", "hunter2", (secret) => `+REDIS_URL=redis://:${secret}@cache.acme.io:6379`),
  plant("url-password", "ab12cd", (secret) => `+proxy = "http://bot:${secret}@10.0.0.7:3128"`),
  plant(
    "slack-webhook",
    `T${word(9)}/B${word(10)}/${word(24)}`,
    (path) => `+hook: https://hooks.slack.com/services/${path}`,
  ),
  plant("discord-webhook", word(68), (path) => `+https://discord.com/api/webhooks/${digits(18)}/${path}`),
  plant(
    "azure-storage-key",
    `${base64(86)}==`,
    (key) => `+"DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${key};"`,
  ),
  plant(
    "azure-signature",
    `${base64(43).replace(/[+/]/g, "a")}%3D`,
    (key) => `+https://shop.blob.core.windows.net/a?sv=2024&sig=${key}`,
  ),
  plant("telegram-token", `${digits(9)}:AA${word(33)}`, (token) => `+BOT=${token}`),
];

const headers = [
  plant(
    "authorization",
    word(40),
    (secret) => `+curl -H "Authorization: Bearer ${secret}" https://api.acme.io`,
  ),
  plant("authorization", `${base64(28)}==`, (secret) => `+Authorization: Basic ${secret}`),
  plant("authorization", hex(40), (secret) => `+  headers: { authorization: "token ${secret}" },`),
  plant("authorization", word(30), (secret) => `+headers["Authorization"] = "Bearer ${secret}"`),
  plant("authorization", word(59), (secret) => `-Proxy-Authorization: Bearer ${secret}`),
];

const assignments = [
  plant("password", "correct-horse-9", (secret) => `+password = "${secret}"`),
  plant("secret", "Tr0ub4dor&3x", (secret) => `+apiKey: '${secret}',`),
  plant("authorization", "dXNlcjpwYXNz", (secret) => `+-H 'authorization: Basic ${secret}'`),
  plant("stripe-key", `whsec_${word(24)}`, (secret) => `+const x = ${secret};`),
  plant("password", "hunter2", (secret) => `+password = "${secret}"`),
  plant("password", password("1"), (secret) => `+  password: '${secret}',`),
  plant("password", "Tr0ub4dor_2!x", (secret) => `+DB_PASSWORD=${secret}`),
  plant("password", "c0rrecthorse", (secret) => `+spring.datasource.password=${secret}`),
  plant("password", "Winter2026!", (secret) => `+  passwd: "${secret}"`),
  plant("password", "s3cretpassphrase9", (secret) => `+passphrase := "${secret}"`),
  plant("password", "abcDEF!!xyz", (secret) => `+const pwd = "${secret}";`),
  plant("password", "L3tMeInNow", (secret) => `+  $password => '${secret}'`),
  plant("secret", base64(40), (secret) => `+aws_secret_access_key = ${secret}`),
  plant("secret", base64(40, "b"), (secret) => `+AWS_SECRET_ACCESS_KEY=${secret}`),
  plant("secret", word(40), (secret) => `+COHERE_API_KEY=${secret}`),
  plant("secret", hex(32), (secret) => `+DATADOG_API_KEY: ${secret}`),
  plant("secret", hex(40), (secret) => `+  apiKey: "${secret}",`),
  plant("secret", word(37), (secret) => `+CLOUDFLARE_API_TOKEN="${secret}"`),
  plant("secret", "6e0bb1ab-35c9-4bb8-a3ff-6c1f0a0d3f11", (secret) => `+HEROKU_API_KEY=${secret}`),
  plant("secret", word(50), (secret) => `+client_secret: ${secret}`),
  plant("secret", word(64), (secret) => `+const jwtSecret = '${secret}';`),
  plant("secret", hex(64), (secret) => `+ENCRYPTION_KEY=${secret}`),
  plant("secret", word(32), (secret) => `+  "accessKey": "${secret}",`),
  plant("secret", word(32, "d"), (secret) => `+signing_key = "${secret}"`),
  plant("secret", word(24), (secret) => `-auth_token: "${secret}"`),
];

const people = [
  ...["ada.lovelace@acme.io", "grace+git@navy.mil", "o'hara_1@mail.acme.co.uk", "x@y-z.de"].map((email) =>
    plant("email", email.replace("o'", ""), (secret) => `+ * @author Someone <${secret}>`),
  ),
  plant("email", "support@acme.io", (secret) => `+<a href="mailto:${secret}">write</a>`),
  plant("email", "jane@acme.io", (secret) => `+INSERT INTO users VALUES ('${secret}');`),
  ...["+49 30 901820", "+1 415-555-2671", "+44 20 7946 0958", "+33 1 70 18 99 00", "+81-3-1234-5678"].map(
    (phone) => plant("phone", phone, (secret) => `+  phone: "${secret}",`),
  ),
  plant("phone", "(415) 555-2671", (secret) => `+Call ${secret} for help.`),
  plant("phone", "415-555-2671", (secret) => `+  tel = '${secret}'`),
  plant("phone", "+14155552671", (secret) => `+  to: "${secret}",`),
  ...[
    "4111 1111 1111 1111",
    "5500-0055-5555-5559",
    "4012888888881881",
    "378282246310005",
    "6011000990139424",
  ].map((card) => plant("card-number", card, (secret) => `+  card: "${secret}",`)),
  ...["84.17.45.12", "203.12.7.9", "151.101.1.69"].map((ip) =>
    plant("ip-address", ip, (secret) => `+allow ${secret};`),
  ),
  plant("ip-address", "91.198.174.192", (secret) => `+  host: '${secret}:8080',`),
  plant("ip-address", "2a00:1450:4001:82b::200e", (secret) => `+AAAA ${secret}`),
  plant("ip-address", "2606:4700:3033::ac43:8d2a", (secret) => `+  "${secret}",`),
];

/** Every kind of secret, each in a realistic line of a diff. */
export const SECRETS: readonly PlantedSecret[] = [
  ...vendorTokens,
  ...npmTokens,
  ...privateKeys,
  ...addresses,
  ...headers,
  ...assignments,
  ...people,
];
