import { createRequire } from "node:module";
import type * as Bullmq from "bullmq";
import type * as Ioredis from "ioredis";

const require = createRequire(import.meta.url);

// Both together take as long to load as all the rest of the service, which should start without them on the memory
// engine. They are CommonJS, so that they can be loaded without making everything that leads here asynchronous.

export function loadIoredis(): typeof Ioredis {
  return require("ioredis") as typeof Ioredis;
}

export function loadBullmq(): typeof Bullmq {
  return require("bullmq") as typeof Bullmq;
}
