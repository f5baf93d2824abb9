# syntax=docker/dockerfile:1
# Two images:  docker build --target sidekick .   the service, the ingester, every command of elb-sidekick
#              docker build --target falco .      the official Falco with our plugin, configuration and rules
# Both run without root and with a read-only root filesystem; what they keep is in the volume that they name.

FROM rust:1.95.0-slim-bookworm AS plugin
WORKDIR /plugin
COPY falco-plugin/Cargo.toml falco-plugin/Cargo.lock falco-plugin/fields.json ./
COPY falco-plugin/src src
RUN cargo build --release --locked --lib

FROM falcosecurity/falco:0.44.1 AS falco
USER root
COPY --from=plugin /plugin/target/release/libelb_sidekick.so /usr/share/falco/plugins/libelb_sidekick.so
COPY config/falco/falco.yaml /etc/falco/elb-sidekick.yaml
COPY rules/awselb_rules.yaml /etc/falco/rules.d/awselb_rules.yaml
# The numbers of nobody: what the plugin keeps from one start to the next.
RUN mkdir -p /var/lib/falco && chown 65534:65534 /var/lib/falco
USER 65534:65534
VOLUME /var/lib/falco
EXPOSE 2802
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["wget", "-q", "-O", "-", "http://127.0.0.1:2802/health"]
ENTRYPOINT ["/usr/bin/falco", "-c", "/etc/falco/elb-sidekick.yaml", "--enable-source", "awselb"]

FROM node:24.21.0-alpine AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

# Last, so that `docker build .` makes it.
FROM node:24.21.0-alpine AS sidekick
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY src src
COPY config config
COPY rules rules
COPY samples samples
RUN mkdir -p /var/lib/elb-sidekick && chown node:node /var/lib/elb-sidekick
ENV NODE_ENV=production \
    ELB_SIDEKICK_STATE_DIR=/var/lib/elb-sidekick
USER node
VOLUME /var/lib/elb-sidekick
EXPOSE 2801
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["node", "config/compose/healthy.ts", "http://127.0.0.1:2801/readyz"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["run"]
