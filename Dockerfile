# syntax=docker/dockerfile:1
#
# bonafide and nothing else: one static program, no shell, no packages, not root.
#
#   docker build -t bonafide .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/site" bonafide build
#
FROM rust:1.95-bookworm AS build
# musl-tools of this Debian, whichever that is: only the C in the tree is compiled with it.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends musl-tools \
 && rm -rf /var/lib/apt/lists/* \
 && rustup target add "$(uname -m)-unknown-linux-musl"
ENV CC_x86_64_unknown_linux_musl=musl-gcc CC_aarch64_unknown_linux_musl=musl-gcc
WORKDIR /src
COPY . .
RUN cargo build --release --locked --target "$(uname -m)-unknown-linux-musl" \
 && mkdir -p /image/site /image/etc/ssl/certs \
 && install -d -m 1777 /image/tmp \
 && cp "target/$(uname -m)-unknown-linux-musl/release/bonafide" LICENSE /image/ \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
COPY --from=build /image/ /
ENV PATH=/
# Nobody in particular. Whoever mounts a folder names its owner with --user.
USER 65532:65532
WORKDIR /site
ENTRYPOINT ["bonafide"]
CMD ["--help"]
