#!/bin/bash
# Synchronises our binary with SyncEvolution, both ways round, and compares.
#
#   run.sh [--syncml BINARY] [--work FOLDER] [--only WORD]
#   run.sh --peers-only          SyncEvolution against itself: is this machine fit?
#   run.sh --bench …             what sessions cost, beside SyncEvolution's; see bench.py
#
# Without --syncml the release binary of this workspace is built and used.
# Exit status: 0 all passed, 1 some failed, 77 skipped: no SyncEvolution to be had.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

"$here/install.sh" || {
    echo "interop: skipped, the Debian packages cannot be had here"
    exit 77
}
built=()
script=checks.py
if [ "${1:-}" = --bench ]; then
    script=bench.py
    shift
fi
case " $* " in
*" --syncml"* | *" --peers-only "* | *" --help "* | *" -h "*) ;;
*)
    root=$(cd "$here/../.." && pwd)
    (cd "$root" && cargo build --release --bin syncml) || exit 1
    built=(--syncml "${CARGO_TARGET_DIR:-$root/target}/release/syncml")
    ;;
esac
# Debian's own Python: SyncEvolution's server needs the D-Bus module beside it.
exec /usr/bin/python3 -B "$here/$script" "${built[@]}" "$@"
