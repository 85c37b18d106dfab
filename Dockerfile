# Sallyport in one image: gateway, front ends, and redis-server for the embedded default.
# Run: docker run --read-only --tmpfs /tmp -v sallyport-data:/data -v ./sallyport.yaml:/etc/sallyport/sallyport.yaml:ro -p 8080:8080 sallyport
# In sallyport.yaml: `listen.host: 0.0.0.0`, `data: /data`, `health.port: 8081`.

FROM node:24.21-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node node_modules/vite/bin/vite.js build portal \
 && node node_modules/vite/bin/vite.js build shim \
 && npm prune --omit=dev --no-audit --no-fund

FROM node:24.21-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home sallyport \
 && install -d -o sallyport -g sallyport -m 0700 /data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/bin bin
COPY --from=build /app/src src
COPY --from=build /app/config config
COPY --from=build /app/portal/dist portal/dist
COPY --from=build /app/portal/replay/dist portal/replay/dist
COPY --from=build /app/shim/dist shim/dist
USER sallyport
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "bin/sallyport.js"]
CMD ["serve", "--config", "/etc/sallyport/sallyport.yaml"]
