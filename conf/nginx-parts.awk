# The parts of nginx.conf.example, as files that other sites include: for each
# #[NAME.conf] … #[/NAME.conf] a file of that name in the folder -v to=FOLDER.
# #[+NAME] stands for what is between #[NAME] and #[/NAME], which a location of
# the example inherits from its server; -v share=FOLDER for /usr/share/madang.
# What opens, closes or is asked for must be there: else it ends with 1.

function fail(words)
{
	printf "%s:%d: %s\n", FILENAME, FNR, words >"/dev/stderr"
	failed = 1
	exit 1
}

function name_of(line)
{
	sub(/^[ \t]*#\[[+\/]?/, "", line)
	sub(/\].*$/, "", line)
	return line
}

function put(line)
{
	gsub("/usr/share/madang", share, line)
	if (part ~ /\.conf$/)
		print line >(to "/" part)
	else if (part != "")
		kept[part] = kept[part] line "\n"
}

/^[ \t]*#\[\// {
	if (name_of($0) != part)
		fail("this closes what is not open")
	part = ""
	next
}

/^[ \t]*#\[\+/ {
	if (!(name_of($0) in kept))
		fail("there is no such part above")
	gsub(/\n$/, "", kept[name_of($0)])
	if (part != "")
		put(kept[name_of($0)])
	next
}

/^[ \t]*#\[/ {
	if (part != "")
		fail("this opens inside of another")
	part = name_of($0)
	if (part ~ /\.conf$/) {
		parts++
		printf "# Made from nginx.conf.example: don't change it.\n" \
			>(to "/" part)
	}
	next
}

{ put($0) }

END {
	if (!failed && part != "")
		fail(part " is not closed")
	if (!failed && parts == 0)
		fail("there are no parts in it")
	exit failed
}
