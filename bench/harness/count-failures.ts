/** What clients leave is no failure: h2load, when its time is over. */
const GOOD = ["ok", "canceled"];

/** How many calls a stepper has answered with a failure: over gRPC, these are 200s like all others. */
export async function countFailures(url: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const counts = [...page.matchAll(/^rpc_requests_total\{.*code="(\w+)".*\} (\d+)$/gm)];
  if (counts.length === 0) throw new Error("the metrics say nothing of calls");
  return counts.reduce((sum, [, code, count]) => (GOOD.includes(code ?? "") ? sum : sum + Number(count)), 0);
}
