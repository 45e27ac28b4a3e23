import { createLocalPacer } from "../../src/core/local-pacer.ts";
import { describePacerContract } from "../contracts/pacer.ts";
import { createManualClock } from "../support/manual-clock.ts";

describePacerContract("a process alone", () => {
  const clock = createManualClock();
  return Promise.resolve({ pacer: createLocalPacer(clock), passTime: clock.advance });
});
