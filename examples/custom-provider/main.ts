import { ProviderError, createStepper } from "@commitdiary/stepper";
import type { ProviderAdapter } from "@commitdiary/stepper";

const { HOUSE_MODEL_URL = "http://localhost:8000/complete" } = process.env;

/** A model of your own. One call is one request: waiting and trying again is stepper's work. */
const houseModel: ProviderAdapter = {
  name: "house-model",
  call: async ({ system, prompt, schema }, { signal }) => {
    const response = await fetch(HOUSE_MODEL_URL, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ system, prompt, schema }),
      // Ends the request on the provider's timeout, or when nobody wants the answer any more.
      signal,
    });
    if (response.status === 429) throw new ProviderError("rate_limited", "the house model is busy");
    if (!response.ok) throw new ProviderError("unavailable", `the house model answered ${response.status}`);
    // The model's words, with the JSON of a report somewhere in them: stepper finds and checks it.
    return { content: await response.text(), model: "house-1" };
  },
};

const stepper = createStepper({ providers: [houseModel] });
stepper.registerCallbacks({
  onSuccess: (_jobId, provider, report) => print(`${provider}: ${report.title}`),
  onFallback: (_jobId, report) => print(`without a model: ${report.title}`),
});

const answer = await stepper.enqueueReport({
  userId: "ada",
  commitSha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
  repo: "acme/shop",
  message: "feat(cart): keep the cart over a restart\n\nCustomers lost their carts on every deploy.",
  files: ["src/cart.ts", "test/cart.test.ts"],
});
if (answer.status === 202) {
  for await (const event of stepper.watchJob(answer.jobId)) print(event.type);
}
await stepper.close();

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
