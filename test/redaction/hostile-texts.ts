const repeat = (piece: string, size: number): string =>
  piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

/** Texts made to be slow for a pattern that backtracks, by what they are made of. */
export function createHostileTexts(size: number): readonly (readonly [title: string, text: string])[] {
  const key = "-----BEGIN PRIVATE KEY-----\n";
  return [
    ["plus signs behind a key's beginning", `${key}${repeat("+", size - key.length - 1)}!`],
    ["marks behind a key's beginning", `${key}${repeat('"+ ', size - key.length - 1)}!`],
    ["beginnings of keys with plus signs", repeat(`${key}${"+".repeat(4_000)}!\n`, size)],
    ["names without values", repeat("password = ", size)],
    ["passwords' names and colons", repeat("pwd:", size)],
    ["tokens' names and signs", repeat("token=", size)],
    ["tokens' names and quotes", repeat('token="', size)],
  ];
}
