#!/bin/bash
# Neo4j 5.26 Community from Maven Central, for a machine without a container engine.
#   run.sh fetch                   copy the jars into NEO4J_LIB (once)
#   run.sh serve [DATA] [PORT]     fetch, then run in the foreground
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
lib=${NEO4J_LIB:-${RECSITE_VAR:-$root/var}/neo4j/lib}

need() {
    command -v "$1" >/dev/null || {
        echo "$1 is missing (Debian: apt-get install openjdk-17-jdk-headless maven)" >&2
        exit 1
    }
}

fetch() {
    # The mark is set last, so that half a download is not taken for a whole one.
    [[ -e $lib/.complete ]] && return
    need mvn
    mkdir -p "$lib"
    echo "Fetching Neo4j's jars (about 120 MB, once) ..." >&2
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$lib" >&2
    touch "$lib/.complete"
}

case ${1:-serve} in
    fetch) fetch ;;
    serve)
        need java
        fetch
        data=${2:-${RECSITE_VAR:-$root/var}/neo4j/data}
        mkdir -p "$data"
        exec java "-Xmx${NEO4J_HEAP:-1g}" -cp "$lib/*" "$here/GraphServer.java" \
            "$data" "${3:-7687}" "${NEO4J_PAGE_CACHE_MIB:-256}"
        ;;
    *) echo "usage: run.sh fetch | serve [DATA] [PORT]" >&2; exit 2 ;;
esac
