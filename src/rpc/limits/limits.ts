/** What clients may take of one process. Sizes are in bytes, times in milliseconds. */
export interface Limits {
  /** Most of one request with a commit, at any door, also after decompression. */
  readonly requestBytes: number;
  /** Most of one message of any other request: these hold hardly more than an id. */
  readonly smallRequestBytes: number;
  /** Most of all requests together that are being read or answered. */
  readonly bytesInFlight: number;
  /** Most connections at a time; further ones are dropped. */
  readonly connections: number;
  /** Most calls at a time, streams among them, over all connections; with a key, when keys are asked for. */
  readonly calls: number;
  /** Most calls at a time without a key, when keys are asked for: they get to health, or are refused. */
  readonly callsWithoutKey: number;
  /** Most calls beyond these at a time that are told so; further ones are reset. */
  readonly refusals: number;
  /** Most streams of gRPC's health service at a time, which may be open to everybody. */
  readonly healthWatches: number;
  /** Most calls at a time over one HTTP/2 connection. */
  readonly streamsPerConnection: number;
  /** Most mebibytes that one HTTP/2 connection's calls have waiting to be taken; beyond that it is ended. */
  readonly sessionMiB: number;
  /** Most calls at a time over one HTTP/1.1 connection, which are answered one after another. */
  readonly callsPerPipeline: number;
  /** Longest until a new connection has said which protocol it speaks, or has ended its TLS handshake. */
  readonly handshakeMs: number;
  /** Longest from a request's headers to the end of its body. */
  readonly bodyMs: number;
  /** Longest that a client may take nothing of an answer that is ready for it, and that an answer waits behind another. */
  readonly stallMs: number;
  /** How often an HTTP/2 client is asked for a sign of life; without one until the next time, it is cut off. */
  readonly keepAliveMs: number;
  /** How long an HTTP/2 connection without calls stays open; HTTP/1.1 has Node's five seconds. */
  readonly idleMs: number;
  /** How long a client may leave a connection open that has been ended here. */
  readonly lingerMs: number;
}

const MIB = 1024 * 1024;

/** Most fields and items of one message: more than twice of what the contract's bounds allow. */
export const MAX_FIELDS = 5_000;

export const defaultLimits: Limits = {
  // The contract's bounds allow 4 MiB of paths and 512 KiB of diff; twice that leaves room for JSON's escapes and for
  // scripts with more than one byte a character.
  requestBytes: 10 * MIB,
  smallRequestBytes: 64 * 1024,
  bytesInFlight: 128 * MIB,
  connections: 10_000,
  // An open gRPC stream takes some 25 KiB, one of Connect twice that.
  calls: 12_000,
  callsWithoutKey: 1_000,
  refusals: 1_000,
  // Not as many as calls without a key: who watches keeps nobody from asking.
  healthWatches: 500,
  streamsPerConnection: 1_000,
  // Node's ten are too few for a thousand large answers at a time.
  sessionMiB: 64,
  callsPerPipeline: 16,
  handshakeMs: 10_000,
  // The largest request at 1.4 Mbit a second.
  bodyMs: 60_000,
  stallMs: 60_000,
  keepAliveMs: 30_000,
  idleMs: 300_000,
  lingerMs: 5_000,
};
