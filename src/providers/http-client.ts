/** How vendors are called over HTTP. */
export interface HttpClient {
  readonly fetch: typeof globalThis.fetch;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/**
 * `fetch` without time limits of its own. Node's gives an answer's headers five minutes, and a model that does not
 * stream sends them last; here the provider's timeout alone ends a call. Loaded in the background, since it takes a
 * while, and the first calls should come on time.
 */
export function createHttpClient(): HttpClient {
  const loading = import("undici").then(({ Agent, fetch }) => ({
    fetch,
    dispatcher: new Agent({ headersTimeout: 0, bodyTimeout: 0 }),
  }));
  return {
    fetch: async (input, init) => {
      const { fetch, dispatcher } = await loading;
      // The same standard in two declarations: the package's own, and the one that Node's types bring along.
      const standardFetch = fetch as unknown as typeof globalThis.fetch;
      return standardFetch(input, Object.assign({}, init, { dispatcher }));
    },
    close: async () => (await loading).dispatcher.destroy(),
  };
}
