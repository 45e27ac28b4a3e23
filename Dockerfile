# Builds with everything, ships what runs only: some 30 MB above its base.
FROM node:24-slim AS build
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends tini
COPY package.json package-lock.json ./
# No cache mount: Railway takes them by the id of a service alone, and this layer changes with the lock file only.
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
COPY gen gen
RUN npm run build && npm prune --omit=dev --no-audit --no-fund
# Node reads neither types nor source maps nor words about a package; licences stay.
RUN find node_modules dist -type f \
  \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' -o -name '*.mdx' \) -delete \
  && find node_modules -type d -empty -delete

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
# As process 1, node could be stopped only once its handlers stand; tini hands every signal on from the first moment.
COPY --from=build /usr/bin/tini /usr/bin/tini
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY proto proto
COPY deploy/healthcheck.js ./
USER node
EXPOSE 3001
# Whether it lives, not whether it is ready: whoever replaces unhealthy containers must not do so while Redis is away.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["node", "healthcheck.js", "/livez"]
ENTRYPOINT ["tini", "--", "node", "dist/src/cli/main.js"]
CMD ["serve"]
