/** Tests are TypeScript and ES modules, as the sources are; swc strips the types, `npm run lint` checks them. */
export default {
  testEnvironment: "node",
  // A failed test may leave a connection behind: CI must tell of the failure instead of waiting for it.
  forceExit: Boolean(process.env.CI),
  extensionsToTreatAsEsm: [".ts"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
};
