# What conf/madang.hdf says of each setting, as a part of a page of man(7):
#
#     awk -f settings.awk conf/madang.hdf conf/madang.hdf man/madang.hdf.5.in
#
# The first time it learns the names, so that they are bold wherever they
# stand; the second time it makes the text, which then replaces the line
# @SETTINGS@ of the page. A comment belongs to the settings right below it, or
# to the section that begins there; the first one is of the whole file.

FNR == 1 { turn++ }

turn < 3 {
	sub(/^[ \t]+/, "")
	is_setting = $0 ~ /^(# )?[a-z_]+ = /
	is_section = $0 ~ /^[a-z_]+ \{$/
}

# Names

turn == 1 && is_section { section = $1 "." }
turn == 1 && $0 == "}" { section = "" }
turn == 1 && is_setting { known[section name_of($0)] = 1 }
turn == 1 { next }

# Text

turn == 2 && is_section {
	section = $1 "."
	out(".SS " $1)
	prose()
	next
}
turn == 2 && is_setting {
	text = $0
	sub(/^# /, "", text)
	tags[++tag_count] = section text
	next
}
turn == 2 && /^#/ {
	sub(/^# ?/, "")
	comment[++line_count] = $0
	next
}
turn == 2 {
	# An empty line, or a section's end.
	if (tag_count > 0)
		setting()
	line_count = 0
	if ($0 == "}")
		section = ""
	next
}

# The page

$0 == "@SETTINGS@" { printf "%s", settings; next }
{ print }

function out(line) { settings = settings line "\n" }

function name_of(line) {
	sub(/^# /, "", line)
	sub(/ = .*/, "", line)
	return line
}

function setting(   i) {
	for (i = 1; i <= tag_count; i++) {
		out(i == 1 ? ".TP" : ".TQ")
		out("\\fB" roff(name_of(tags[i])) "\\fR" \
			roff(substr(tags[i], index(tags[i], " = "))))
	}
	prose()
	tag_count = 0
}

function prose(   i) {
	for (i = 1; i <= line_count; i++)
		out(comment[i] == "" ? ".PP" : bold(roff(comment[i])))
	line_count = 0
}

# A backslash is a command to roff, and so is a dot or an apostrophe that
# begins a line.
function roff(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/"/, "\\(dq", text)
	gsub(/'/, "\\(aq", text)
	if (text ~ /^[.']/)
		text = "\\&" text
	return text
}

# What stands between backticks, and names of settings.
function bold(text,   words, count, i, word, rest) {
	while (match(text, /`[^`]*`/))
		text = substr(text, 1, RSTART - 1) "\\fB" \
			substr(text, RSTART + 1, RLENGTH - 2) "\\fR" \
			substr(text, RSTART + RLENGTH)
	count = split(text, words, " ")
	text = ""
	for (i = 1; i <= count; i++) {
		word = words[i]
		rest = ""
		if (match(word, /[,.;:)]+$/)) {
			rest = substr(word, RSTART)
			word = substr(word, 1, RSTART - 1)
		}
		if (word in known || section word in known)
			word = "\\fB" word "\\fR"
		text = text (i > 1 ? " " : "") word rest
	}
	return text
}
