# SPDX-License-Identifier: Apache-2.0

FROM swift:6.3.1-bookworm AS build
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libcurl4-openssl-dev libssl-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The dependencies change seldom: a layer of their own.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
# The manifest names the test targets, so their folders must be there; nothing of them is built.
COPY Tests Tests
# The flags of the Makefile.
RUN swift build -c release --product hookledger --static-swift-stdlib --disable-local-rpath \
    --experimental-lto-mode=full -Xswiftc -use-ld=lld -Xlinker --no-export-dynamic \
  && install -D -s -m 0755 .build/release/hookledger /out/usr/local/bin/hookledger \
  && install -d -m 0700 -o 10001 -g 10001 /out/data
COPY LICENSE /out/usr/local/share/doc/hookledger/LICENSE

FROM debian:bookworm-slim
# libcurl4 brings OpenSSL's libraries; they are named because the program uses them itself.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o Dpkg::Options::=--path-exclude=/usr/share/doc/* \
    -o Dpkg::Options::=--path-exclude=/usr/share/locale/* \
    -o Dpkg::Options::=--path-exclude=/usr/share/man/* \
    ca-certificates libcurl4 libssl3 \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*
COPY --from=build /out /

ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Hookledger" \
  org.opencontainers.image.description="Receives the callbacks of the kie.ai task API, submits tasks, and keeps a ledger of both" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.created="${CREATED}"

ENV HOOKLEDGER_DATA_DIR=/data
VOLUME /data
WORKDIR /data
USER 10001:10001
# Callbacks. The local API stays on the container's loopback unless HOOKLEDGER_API_LISTEN and HOOKLEDGER_API_TOKEN say otherwise.
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["hookledger", "healthcheck"]
ENTRYPOINT ["hookledger"]
CMD ["serve"]
