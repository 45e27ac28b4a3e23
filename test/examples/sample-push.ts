import { createHmac } from "node:crypto";

/** A push of one commit, as GitHub sends it, cut to what is read. */
export function samplePush(commit: Readonly<Record<string, unknown>> = {}) {
  return {
    ref: "refs/heads/main",
    repository: { full_name: "acme/shop" },
    sender: { login: "ada" },
    commits: [
      {
        id: "9fceb02d0ae598e95dc970b74767f19372d61af8",
        message: "feat(cart): keep the cart over a restart\n\nCustomers lost their carts on every deploy.",
        distinct: true,
        added: ["src/store.ts"],
        modified: ["README.md"],
        removed: ["test/old.test.ts"],
        ...commit,
      },
    ],
  };
}

/** The headers of a signed push. */
export function pushHeaders(body: string, secret: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "x-github-event": "push",
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
}

/** Delivers a push as GitHub does. */
export function deliverPush(url: string, push: unknown, secret: string): Promise<Response> {
  const body = JSON.stringify(push);
  return fetch(`${url}/webhook`, { method: "POST", headers: pushHeaders(body, secret), body });
}
