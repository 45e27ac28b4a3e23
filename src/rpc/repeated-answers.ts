import { LRUCache } from "lru-cache";
import type { EnqueueResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import type { Report } from "../core/report.ts";
import { countText } from "./count-text.ts";

/** Remembers the answers that are given again and again, as messages and as they go over the wire. */
export interface RepeatedAnswers {
  /** The answer with a report that came from the cache; the same one as long as the cache gives the same report. */
  answerWith(report: Report, make: () => EnqueueResponse): EnqueueResponse;
  /** What was made of a message before, in that form, when it is one that is given again; otherwise makes it. */
  remember<Made>(message: object, form: string, make: () => Promise<Made>): Made | Promise<Made>;
}

/** Of all that is remembered, about: some three thousand usual reports. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What a report takes here with its message and two forms of it, measured: for each character, and besides. */
const BYTES_A_CHARACTER = 4;
const BYTES_A_REPORT = 6 * 1024;

export function createRepeatedAnswers(maxBytes = MAX_BYTES): RepeatedAnswers {
  const messages = new LRUCache<Report, EnqueueResponse>({
    maxSize: maxBytes,
    sizeCalculation: (_, report) => BYTES_A_REPORT + BYTES_A_CHARACTER * countText(report),
  });
  const forms = new WeakMap<object, Map<string, unknown>>();

  return {
    answerWith: (report, make) => {
      const known = messages.get(report);
      if (known !== undefined) return known;
      const message = make();
      messages.set(report, message);
      forms.set(message, new Map());
      return message;
    },
    remember: <Made>(message: object, form: string, make: () => Promise<Made>) => {
      const known = forms.get(message);
      if (known === undefined) return make();
      const made = known.get(form) as Made | undefined;
      return made ?? make().then((fresh) => (known.set(form, fresh), fresh));
    },
  };
}
