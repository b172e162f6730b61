# Countersign, as a small image without root. Build: docker build -t countersign .
#
# Run:  docker run --read-only -p 8080:8080 -v countersign-data:/data \
#         -v ./countersign.yaml:/etc/countersign/countersign.yaml:ro countersign
#
# The configuration for it says `listen: { host: 0.0.0.0 }`, and keeps everything that is written in the one volume:
# `database: { url: 'file:/data/countersign.db' }` and `keys: { sealing_key_file: /data/sealing.key }`.
#
# For builds that can be repeated, pin both FROM lines by digest: node:24-bookworm-slim@sha256:… as
# `docker buildx imagetools inspect node:24-bookworm-slim` prints it.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: the native packages bring their binaries, and the Node.js of this image is the one to use.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts tsconfig.json tsconfig.build.json ./
COPY prisma prisma
COPY tools tools
COPY src src
RUN npm run generate:prisma && npm run build
# Optional goes as well: Prisma's command line and TypeScript are optional peers of its client.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && node tools/trim-node-modules.ts
RUN mkdir -p data && find prisma -name '*.prisma' -delete

FROM node:24-bookworm-slim
# Fewer heaps of the C library: they keep what passwords were hashed in.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/prisma prisma
COPY --from=build /app/dist dist
COPY views views
COPY --from=build --chown=node:node /app/data /data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "dist/cli.js", "health", "--config", "/etc/countersign/countersign.yaml"]
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["serve", "--config", "/etc/countersign/countersign.yaml"]
