import { detectPattern } from "./rule.ts";
import type { Detector } from "./rule.ts";
import { isStandIn } from "./stand-ins.ts";

/** `scheme://user:password@host`: the password alone goes. One at-sign in it is taken for its own. */
const urlPasswords = detectPattern(
  "url-password",
  /:\/\/[^\s:@/"'`<>]{0,128}:(?<secret>[^\s@/"'`<>]{1,256}(?:@[^\s@/"'`<>,:?&]{1,64})?)@(?=[\w[$.{-])/g,
  { hint: "://", accept: (secret) => !isStandIn(secret) },
);

/** A token in the user's place, as git hosts take it. */
const urlUsers = detectPattern("url-token", /:\/\/(?<secret>[A-Za-z0-9_]{32,128})(?=(?::[\w-]{0,32})?@)/g, {
  hint: "://",
  accept: (secret) => /\d/.test(secret),
});

const oraclePasswords = detectPattern(
  "url-password",
  /jdbc:oracle:\w{3,4}:\w{1,64}\/(?<secret>[^\s@/"'`<>]{3,64})@/g,
  { hint: "jdbc:oracle:", accept: (secret) => !isStandIn(secret) },
);

/** Signatures and keys of requests, which work for whoever has the address. */
const queryKeys = detectPattern(
  "url-key",
  /[?&](?:appid|(?:api|access|auth)?_?key|signature|sig|code|auth|hapikey|X-(?:Amz|Goog)-Signature)=(?<secret>[A-Za-z0-9%+/_.-]{20,1024}={0,2})/gi,
  {
    hint: "=",
    accept: (secret) =>
      /\d/.test(secret) && /[a-z]/i.test(secret) && !/^[a-z]+(?:[-_.][a-z0-9]+)+$/.test(secret),
  },
);

const azureKeys = detectPattern("azure-storage-key", /AccountKey=(?<secret>[A-Za-z0-9+/]{40,120}={0,2})/g, {
  hint: "AccountKey=",
});

const azureSharedKeys = detectPattern(
  "azure-shared-key",
  /SharedAccessKey=(?<secret>[A-Za-z0-9+/]{32,120}={0,2})/g,
  { hint: "SharedAccessKey=" },
);

const azureSignatures = detectPattern(
  "azure-signature",
  /[?&]sig=(?<secret>[A-Za-z0-9%+/]{40,120}(?:%3D|=){0,2})/g,
  { hint: "sig=" },
);

const slackWebhooks = detectPattern(
  "slack-webhook",
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[A-Za-z0-9/]{20,120})/g,
  { hint: "hooks.slack.com/" },
);

const discordWebhooks = detectPattern(
  "discord-webhook",
  /discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/\d{15,20}\/(?<secret>[\w-]{40,120})/g,
  { hint: "/webhooks/" },
);

const teamsWebhooks = detectPattern(
  "teams-webhook",
  /\.webhook\.office\.com\/webhookb2\/(?<secret>[\w@-]{36,80}\/IncomingWebhook\/[\w/-]{32,120})/g,
  { hint: ".webhook.office.com/" },
);

export const addressDetectors: readonly Detector[] = [
  urlPasswords,
  urlUsers,
  oraclePasswords,
  azureKeys,
  azureSharedKeys,
  azureSignatures,
  slackWebhooks,
  discordWebhooks,
  teamsWebhooks,
  queryKeys,
];
