# Makes a site for Debian's nginx of nginx.conf.example, a whole nginx.conf:
# awk -f nginx-site.awk nginx.conf.example >/etc/nginx/sites-available/madang
#
# What is between http { and its } stays. Maps and formats of logs belong there;
# all else goes into the server's block, because Debian's nginx.conf says some
# of it already, and other sites may want it otherwise. Where nginx keeps its
# temporary files is Debian's to say.

BEGIN {
	print "# A site for Madang, made from nginx.conf.example when the package was"
	print "# built. It is not enabled by itself; see /usr/share/doc/madang/README.gz,"
	print "# \"As a Debian package\"."
	print ""
}

/^http \{$/ {
	inside = 1
	next
}
!inside { next }
/^\}$/ {
	inside = 0
	next
}

# Comments go where the statement below them goes.
depth == 0 && /^\t#/ || depth == 0 && /^$/ {
	held = held $0 "\n"
	next
}
{
	if (depth == 0 && !continued) {
		if (/^\t(geo|limit_[a-z]*_zone|log_format|map|split_clients|upstream) /)
			to = "shared"
		else if (/^\tserver \{$/)
			to = "server"
		else if (/^\t[a-z_]*_temp_path /)
			to = "nowhere"
		else
			to = "own"
		if (to == "nowhere")
			held = ""
	}
	add(to, held $0 "\n")
	held = ""
	line = $0
	gsub(/\\./, "", line)
	gsub(/"[^"]*"|'[^']*'/, "", line)
	sub(/#.*/, "", line)
	if (line !~ /^[ \t]*$/) {
		ended = line ~ /[;}][ \t]*$/
		depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
		continued = depth == 0 && !ended
	}
}

function add(to, text)
{
	if (to == "own")
		gsub(/(^|\n)\t/, "&\t", text)
	parts[to] = parts[to] text
}

END {
	server = parts["server"]
	sub(/\tserver \{\n/, "", server)
	text = parts["shared"] "\tserver {\n" parts["own"] server
	# One level less: there is no http { around it.
	gsub(/(^|\n)\t/, "\n", text)
	sub(/^\n+/, "", text)
	printf "%s", text
}
