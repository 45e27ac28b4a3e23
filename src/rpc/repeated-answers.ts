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

/** Of text in all reports; with their forms they take some four times as much. Thousands of usual reports. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

export function createRepeatedAnswers(maxCharacters = MAX_CHARACTERS): RepeatedAnswers {
  const messages = new LRUCache<Report, EnqueueResponse>({
    maxSize: maxCharacters,
    sizeCalculation: (_, report) => countText(report) + 1,
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
