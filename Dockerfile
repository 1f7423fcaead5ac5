# The image holds Node, its shared libraries, the page, the relay-node as one file and its two native
# addons (QUIC, WebRTC), which need no library that Node does not: no shell, no package manager.
FROM node:24-bookworm-slim AS build
WORKDIR /build

COPY package.json package-lock.json .npmrc ./
COPY patches patches
# Behind a proxy with a CA of its own: docker build --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt
# Install scripts only fetch a Node (here already); the native addons come as packages of their own.
RUN --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --ignore-scripts && node node_modules/patch-package/index.js --error-on-fail

COPY . .
RUN node scripts/build-if-stale.ts --always && node scripts/bundle-relay.ts

# Owned by the user that runs it, so that a new volume is, too.
RUN mkdir -p /image/data /image/app && chown 65532:65532 /image/data \
    && cp -r dist/relay dist/web "$(command -v node)" /image/app/ \
    && ldd /image/app/node | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory=/image

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENV DATA_DIR=/data
WORKDIR /app
VOLUME /data
EXPOSE 8080 8443 4001 4001/udp 4002/udp 3478/udp
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["/app/node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8080) + '/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# No prototype pollution by __proto__; and a small young generation, which saves a tenth of the memory.
ENTRYPOINT ["/app/node", "--disable-proto=delete", "--max-semi-space-size=1", "/app/relay/relay.mjs"]
