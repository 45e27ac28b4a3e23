/** How one item ended. */
export type Outcome<Item, Result> =
  { readonly item: Item; readonly result: Result } | { readonly item: Item; readonly failure: unknown };

/**
 * Runs `run` for every item, at most `limit` at a time, and yields the outcomes in the items' order, each as soon as
 * it and all before it are there. A failure is an outcome, and stops nothing.
 */
export async function* mapInOrder<Item, Result>(
  items: readonly Item[],
  limit: number,
  run: (item: Item) => Promise<Result>,
): AsyncGenerator<Outcome<Item, Result>, void> {
  const enter = createGate(limit);
  const settle = async (item: Item): Promise<Outcome<Item, Result>> => {
    const leave = await enter();
    try {
      return { item, result: await run(item) };
    } catch (failure) {
      return { item, failure };
    } finally {
      leave();
    }
  };
  const outcomes = items.map(settle);
  for (const outcome of outcomes) yield await outcome;
}

/** Lets `limit` in at a time, first come, first served. */
function createGate(limit: number): () => Promise<() => void> {
  let free = limit;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return leave;
  };
}
