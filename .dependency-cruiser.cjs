/** Imports run one way: main, index, cli → app → rooms → core. Rooms don't know each other, and nothing goes in a circle. */
const ROOMS = "rpc|worker|engines|providers|redaction|telemetry|alerts";

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "core-knows-nobody",
      severity: "error",
      from: { path: "^src/core/" },
      to: { path: "^(src|gen|test)/", pathNot: "^src/core/" },
    },
    {
      name: "rooms-are-apart",
      comment: "Telemetry's logger is the one thing that every room may use.",
      severity: "error",
      from: { path: `^src/(${ROOMS})/` },
      to: { path: `^src/`, pathNot: ["^src/core/", "^src/telemetry/", "^src/$1/"] },
    },
    {
      name: "engines-are-apart",
      severity: "error",
      from: { path: "^src/engines/([^/]+)/" },
      to: { path: "^src/engines/", pathNot: "^src/engines/$1/" },
    },
    {
      name: "only-rpc-speaks-protobuf",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/rpc/" },
      to: { path: "^gen/" },
    },
    {
      name: "only-rpc-knows-connect",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/rpc/" },
      to: { path: "node_modules/(@connectrpc|@bufbuild)/" },
    },
    {
      name: "only-providers-know-vendors",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/providers/" },
      to: { path: "node_modules/@ai-sdk/" },
    },
    {
      name: "only-engines-know-redis",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/engines/redis/" },
      to: { path: "node_modules/(ioredis|bullmq)/" },
    },
    {
      name: "only-telemetry-knows-opentelemetry",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/telemetry/" },
      to: { path: "node_modules/@opentelemetry/" },
    },
    {
      name: "nobody-runs-the-process",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "^src/(main|cli/)" },
    },
    {
      name: "nothing-shipped-needs-tests",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^test/" },
    },
    {
      name: "nothing-shipped-needs-tools",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
