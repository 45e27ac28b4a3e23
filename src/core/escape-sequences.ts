/** What a string sequence may hold. No control characters: so a search ends at the next introducer, and stays linear. */
const PAYLOAD = "[^\\u0000-\\u001f\\u007f-\\u009f]*";
const FORMS = [
  // Titles, links and other strings (OSC, DCS, SOS, PM, APC), which end with BEL or ST.
  `(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])${PAYLOAD}(?:\\u0007|\\u001b\\\\|\\u009c)`,
  // Colours, cursor, erasing (CSI).
  "(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]",
  // Two characters, or more for character sets. Of a sequence without an end, only this much goes: the text stays.
  "\\u001b[ -/]*[0-~]",
];
const SEQUENCES = new RegExp(FORMS.join("|"), "g");
const INTRODUCER = /[\u001b\u0090\u0098\u009b\u009d-\u009f]/;

/** Text without the escape sequences of terminals, each taken out whole (ECMA-48, section 5). */
export function stripEscapeSequences(text: string): string {
  return INTRODUCER.test(text) ? text.replace(SEQUENCES, "") : text;
}
