import type { Server } from "node:net";
import type { AddressInfo } from "node:net";

/** Listens on a free port of 127.0.0.1, and tells the parent which. */
export function listen(server: Pick<Server, "listen" | "address">): void {
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
}
