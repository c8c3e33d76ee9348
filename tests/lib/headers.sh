#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each public header compiles alone, without warnings, with what the packages in $PACKAGES bring:
# headers.sh COMPILER LANGUAGE STANDARD HEADER...
set -eu
compiler=$1 language=$2 standard=$3
shift 3
command -v "$compiler" >/dev/null || {
    echo "there is no $compiler here"
    exit 77
}
# The warnings of others' headers are theirs.
flags=
[ -z "${PACKAGES-}" ] || flags=$(pkg-config --cflags "$PACKAGES" | sed 's/-I/-isystem /g')
for header; do
    echo "$compiler $standard $header"
    # shellcheck disable=SC2086
    "$compiler" -x "$language" "-std=$standard" -pedantic-errors -Wall -Wextra -Werror -Wundef \
        $flags ${FOLDER:+"-I$FOLDER"} -fsyntax-only - <<EOT
#include "$header"
int used(void);
int used(void) { return 0; }
EOT
done
