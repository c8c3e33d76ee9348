#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each public header compiles alone, without warnings: headers.sh COMPILER LANGUAGE STANDARD HEADER...
set -eu
compiler=$1 language=$2 standard=$3
shift 3
command -v "$compiler" >/dev/null || {
    echo "there is no $compiler here"
    exit 77
}
for header; do
    echo "$compiler $standard $header"
    "$compiler" -x "$language" "-std=$standard" -pedantic-errors -Wall -Wextra -Werror -Wundef \
        -fsyntax-only - <<EOT
#include "$header"
int used(void);
int used(void) { return 0; }
EOT
done
