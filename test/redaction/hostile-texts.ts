export const repeatTo = (size: number, piece: string): string =>
  piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

const KEY = "-----BEGIN PRIVATE KEY-----\n";

/** Texts made to be slow: what each rule begins with, over and over, and what it goes on with, without an end. */
export const HOSTILE_PIECES: readonly string[] = [
  "pwd:",
  "pwd: ",
  "token=",
  'token="',
  "password = ",
  '"password" ',
  "password",
  "TOKEN=aaaaaaaaaaaaaaaaaaaa ",
  "PWD=abcd1 ",
  'password: "swordfish"\n',
  'variable "password" {',
  'setPassword("',
  "${PASSWORD:-",
  "?key=",
  "?key=a1a1a1a1a1a1a1a1a1a1a1a1",
  "session=",
  "session({",
  "jwt.sign(",
  "jwt.sign(a,'",
  " -u a:bcd",
  " -pabcd1",
  " --pass abcd",
  " login x password y1z2",
  "ENV KEY ",
  "identified by ",
  "kind: Secret\n",
  "kind: Secret\ndata:\n  a: bbbbb\n",
  "authorization: bearer ",
  'response="',
  "://a:b",
  "://",
  "a@",
  "a.a@a.",
  " +1 ",
  "+1 23",
  "1.2.3.4.",
  "4242 ",
  "DE89 ",
  "2:",
  "4",
  "a",
  "-",
  "+",
  "=",
  "$1$a",
  "LS0tLS1CRUdJTi",
  '"kty" "d":"',
  "sk-aaaaaaaaaaaaaaaaaaaa ",
  "eyJaaaaaaaaaa.",
  "a1B2c3D4e5F6g7H8",
  KEY,
  "-----END PRIVATE KEY-----\n",
  `${KEY}${"+".repeat(4_000)}!\n`,
  "-----BEGIN ",
];

/** What all of them are made of, with a key's beginning before marks that never end, which once took minutes. */
export function createHostileTexts(size: number): readonly (readonly [title: string, text: string])[] {
  const pieces = HOSTILE_PIECES.map((piece) => [piece.trim().slice(0, 36), repeatTo(size, piece)] as const);
  return [
    ["plus signs behind a key's beginning", `${KEY}${repeatTo(size - KEY.length - 1, "+")}!`],
    ["marks behind a key's beginning", `${KEY}${repeatTo(size - KEY.length - 1, '"+ ')}!`],
    ...pieces,
  ];
}
