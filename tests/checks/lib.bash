# Shared by the checks: where the tree is, what there is to look at, and how a violation is reported.
# A check that has looked at nothing fails. CHECK_ROOT is another tree to look at (the checks' own test uses it).
# shellcheck shell=bash

set -uo pipefail
checks=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${CHECK_ROOT:-$checks/../..}" || exit 2
problem_count=0

# c_files NAME-PATTERN FOLDER...: files below those folders that are there, sorted.
c_files() {
	local pattern=$1 folders=() folder
	shift
	for folder in "$@"; do [ -d "$folder" ] && folders+=("$folder"); done
	[ "${#folders[@]}" -eq 0 ] || find "${folders[@]}" -type f -name "$pattern" | LC_ALL=C sort
}

# require FILE...: ends the check when the list is empty.
require() {
	[ "$#" -gt 0 ] && return
	echo "$(basename "$0"): found no file to look at" >&2
	exit 1
}

# Prints violations ("file:line: what") from standard input and counts them.
report() {
	local line
	while IFS= read -r line; do
		printf '%s\n' "$line"
		problem_count=$((problem_count + 1))
	done
}

finish() {
	[ "$problem_count" -eq 0 ] && exit 0
	echo "$problem_count violations"
	exit 1
}

# C sources with comments and the insides of strings and characters blanked; "file:line:code" a line.
code_only() {
	awk '
	FNR == 1 { in_comment = 0 }
	{
		out = ""; n = length($0); quote = ""
		for (i = 1; i <= n; i++) {
			c = substr($0, i, 1); two = substr($0, i, 2)
			if (in_comment) { if (two == "*/") { in_comment = 0; i++ } continue }
			if (quote != "") { if (c == "\\") i++; else if (c == quote) { quote = ""; out = out c } continue }
			if (two == "/*") { in_comment = 1; i++; out = out " "; continue }
			if (two == "//") break
			if (c == "\"" || c == "\047") quote = c
			out = out c
		}
		print FILENAME ":" FNR ":" out
	}' "$@"
}
