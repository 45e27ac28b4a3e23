const REFERENCE =
  /(?<![\w/#&-])(?:(?:[\w.-]{1,60}\/[\w.-]{1,60})?#\d{1,7}|!\d{1,7}|GH-\d{1,7}|[A-Z][A-Z0-9]{1,9}-\d{1,6}|CVE-\d{4}-\d{4,7})(?![\w-])/g;
/** They have an issue key's shape, but name standards and algorithms. */
const LOOKALIKE =
  /^(?:UTF|ISO|SHA|RFC|AES|RSA|MD|HTTP|TLS|SSL|ES|IEEE|CP|PEP|X|UTC|GPT|ARM|MP|IPV|P|S|EC|HS|RS)-?\d*-\d/;

/** The issues and pull requests that a text names (`#12`, `owner/repo#12`, `JIRA-12`, `CVE-2024-1`), each once. */
export function issueReferences(text: string): readonly string[] {
  const found = text.match(REFERENCE) ?? [];
  return [...new Set(found)].filter((reference) => !LOOKALIKE.test(reference));
}
