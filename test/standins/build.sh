#!/bin/sh
# Builds the stand-in images. BASE names another Debian image with an apt mirror that answers; SUFFIX is added to every tag, so that those in use stay.
set -eu
cd "$(dirname "$0")"
export DOCKER_BUILDKIT=0
build() {
  docker build --quiet --build-arg "BASE=${BASE:-devdb/debian:trixie}" --file "$1/Dockerfile" --tag "devdb/standin-$2${SUFFIX:-}" $3 . > /dev/null
  echo "devdb/standin-$2${SUFFIX:-}"
}
build sqlserver sqlserver:2022 ""
build sqlserver sqlserver:2022-tools17 "--build-arg TOOLS=17"
build sqlserver sqlserver:2025 "--build-arg YEAR=2025"
build oracle oracle:23 ""
build db2 db2:11.5 ""
build db2 db2:12.1 "--build-arg LEVEL=12.1.5.0"
