import type { ReportRequest } from "./report-request.ts";

/**
 * Text that speaks to a model rather than of code, or that hides from readers. A hint for people, and no defence: that
 * is the fence round the commit, and the check of what comes back. Every pattern is bounded, so that none can be slow.
 */
const SIGNS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget)\b[^\n.]{0,40}\b(?:previous|prior|above|earlier|preceding|all|your|the|these|those)\b[^\n.]{0,40}\b(?:instructions?|prompts?|rules?|directives?|guidelines|context)\b/i,
  /\b(?:reveal|print|repeat|show|output|disclose|leak)\b[^\n.]{0,30}\b(?:your|the|this)\b[^\n.]{0,20}\b(?:system prompt|system message|initial prompt|hidden prompt|instructions)\b/i,
  /\byou are (?:now|no longer)\b[^\n.]{0,60}\b(?:assistant|ai|model|chatbot|dan|jailbroken|developer mode|unrestricted)\b/i,
  /\b(?:new|updated|real|actual) (?:system )?instructions? ?(?::|for (?:the )?(?:ai|assistant|model|llm))/i,
  /\b(?:ai|llm|language model|assistant|chatbot|reviewer bot)s?[,:]? (?:must|should|shall|please|do not|don't|never|always)\b[^\n.]{0,60}\b(?:say|write|report|mention|answer|respond|reply|approve|summari[sz]e|output)\b/i,
  /<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|\[\/?INST\]|<<\/?SYS>>|<\/?system(?:_prompt)?>/i,
  // The lines that a fence is made of.
  /^[ +-]?(?:BEGIN|END) (?:COMMIT|PREVIOUS REPLY)\b/m,
  // Unicode's tag characters are letters that nobody sees.
  /[\u{E0020}-\u{E007E}]{4}/u,
];

/** True when a commit holds text that looks meant for the model. Its sender's own instructions are not looked at. */
export function suspectsInjection({ repo, message, files, components, diffSummary }: ReportRequest): boolean {
  return [message, diffSummary, repo, ...files, ...components].some((text) =>
    SIGNS.some((sign) => sign.test(text)),
  );
}
