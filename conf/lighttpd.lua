-- For lighttpd's mod_magnet: sends a published page from its file, with the
-- headers that the worker answers with, and a page in the reader's language
-- when there is no worker. Run before a request is looked at, and before an
-- answer is sent. Nothing in the store has a name that a visitor
-- chose: this makes the name of the page's file out of what it knows, and all
-- else is the worker's.

local PAGES = '/var/cache/madang/pages' -- the setting pages.folder
local LANGUAGE = 'en' -- the setting site.language
local AWAY = '/usr/share/madang/web/away'

local SECURITY = {
	['Content-Security-Policy'] = "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	['X-Content-Type-Options'] = 'nosniff',
	['X-Frame-Options'] = 'DENY',
	['Referrer-Policy'] = 'same-origin',
	['Permissions-Policy'] = 'browsing-topics=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}
local TYPES = {
	[''] = 'text/html; charset=utf-8',
	['.json'] = 'application/json; charset=utf-8',
	['.atom'] = 'application/atom+xml; charset=utf-8',
	['.xml'] = 'application/xml; charset=utf-8',
	['.txt'] = 'text/plain; charset=utf-8',
}

local r = lighty.r
local request, answer = r.req_header, r.resp_header

-- The first of our languages in a header whose languages stand from the best
-- on, as browsers send it; nil: only the worker knows.
local function accepted(header)
	if header == nil or header == '' or header == '*' then
		return LANGUAGE
	end
	if #header > 1024 then
		return nil
	end
	local found, least, count = nil, 1, 0
	for item in (header .. ','):gmatch(' ?([^,]*),') do
		local tag, q = item:match('^(%a[%w-]*)$'), 1
		if not tag then
			tag, q = item:match('^(%a[%w-]*);q=(0%.[1-9])$')
			q = tonumber(q)
		end
		count = count + 1
		if not tag or q > least or count > 20 then
			return nil
		end
		least = q
		local ours = tag:lower():match('^(%a+)%-') or tag:lower()
		if not found and (ours == 'en' or ours == 'ko') then
			found = ours
		end
	end
	return found or LANGUAGE
end

-- The language that the worker would choose: the cookie's, else the best that
-- is accepted.
local function language()
	local cookie = request['Cookie'] or ''
	if not cookie:find('lang', 1, true) then
		return accepted(request['Accept-Language'])
	end
	local chosen = ('; ' .. cookie .. ';'):match('; ?lang=(%l%l);')
	local _, times = cookie:gsub('lang', '')
	if times == 1 and not cookie:find('"', 1, true) and
	    (chosen == 'en' or chosen == 'ko') then
		return chosen
	end
	return nil
end

local function number(text)
	return text:match('^[1-9]%d*$')
end

-- The folder of a page, and its name behind the language.
local function file_of(path)
	local slug, below = path:match('^/boards/([a-z0-9][a-z0-9-]*)(.*)$')
	slug, below = slug or '', below or path
	if below == '' or path == '/' then
		return 'b.' .. slug .. '/lists', '-home--', ''
	end
	if path == '/boards' or path == '/robots.txt' then
		return 'site', '--' .. path:sub(2), path:match('%.txt$') or ''
	end
	if below == '/sitemap.xml' then
		return 'site', '-' .. slug .. '-sitemap.xml', '.xml'
	end
	local rest, suffix = below:match('^(.*)(%.%l+)$')
	if suffix ~= '.json' and suffix ~= '.atom' then
		rest, suffix = below, ''
	end
	local first, page = rest:match('^(.*)/page/(%d+)$')
	rest, page = first or rest, page or ''
	if page ~= '' and not number(page) then
		return nil
	end
	local list = rest:match('^/(%l+)$')
	if list == 'list' or list == 'all' or list == 'latest' then
		return 'b.' .. slug .. '/lists', '-' .. list .. '--' .. page ..
		    suffix, suffix
	end
	local kind, id = rest:match('^/(%l+)/(%d+)$')
	if not kind or not number(id) then
		return nil
	elseif kind == 'category' then
		return 'b.' .. slug .. '/lists', '-category-' .. id .. '-' ..
		    page .. suffix, suffix
	elseif kind == 'posts' then
		return 'b.' .. slug .. '/threads/t' .. id:sub(1, -3) .. '/' ..
		    id:sub(-2), '-posts--' .. page .. suffix, suffix
	end
	return nil
end

local function set(headers)
	for name, value in pairs(headers) do
		answer[name] = value
	end
end

local function takes_gzip()
	local header = ',' .. (request['Accept-Encoding'] or ''):lower() .. ','
	header = header:gsub('%s', '')
	return header:find(',gzip,', 1, true) or header:find(',gzip;q=1') or
	    header:find(',gzip;q=0%.0*[1-9]')
end

-- All of a file, which is the one that was looked at; nil: it has been thrown
-- away meanwhile, and the worker knows better. (lighttpd opens files later, and
-- sends an empty page when there is none.)
local function read(path, looked_at)
	local file = io.open(path, 'rb')
	if not file then
		return nil
	end
	local text = file:read('*a')
	file:close()
	local now = lighty.c.stat(path)
	if not now or now.st_mtime ~= looked_at.st_mtime or
	    now.st_size ~= looked_at.st_size or #text ~= now.st_size then
		return nil
	end
	return text
end

local function send(folder, name, of, suffix)
	local path = PAGES .. '/' .. folder .. '/' .. of .. name
	local file = takes_gzip() and lighty.c.stat(path .. '.gz')
	if file then
		path = path .. '.gz'
	else
		file = lighty.c.stat(path)
	end
	if not file or not file.is_file then
		return nil
	end
	local text = read(path, file)
	if not text then
		return nil
	end
	local etag = string.format('"%x-%x"', file.st_mtime, file.st_size)
	-- HTML and feeds have a language, and say so.
	local named = suffix == '' or suffix == '.atom'
	set(SECURITY)
	if path:find('%.gz$') then
		answer['Content-Encoding'] = 'gzip'
	end
	answer['Cache-Control'] = 'no-cache'
	answer['ETag'] = etag
	answer['Vary'] = 'Accept-Encoding'
	if named then
		answer['Content-Language'] = of
		answer['Vary'] = 'Accept-Language, Cookie, Accept-Encoding'
	end
	if request['If-None-Match'] == '*' then
		return 304
	end
	for tag in (request['If-None-Match'] or ''):gmatch('"[^"]*"') do
		if tag == etag then
			return 304
		end
	end
	answer['Content-Type'] = TYPES[suffix]
	r.resp_body:set(text)
	return 200
end

local function answer_from_file()
	local method = r.req_attr['request.method']
	local query = r.req_attr['uri.query'] or ''
	if (method ~= 'GET' and method ~= 'HEAD') or query ~= '' then
		return nil
	end
	local of = language()
	local folder, name, suffix = file_of(r.req_attr['uri.path'])
	if not of or not folder then
		return nil
	end
	return send(folder, name, of, suffix)
end

-- The worker's own answers have the headers; lighttpd's have none of ours.
local function complete()
	local status = r.req_item.http_status
	if answer['Content-Security-Policy'] ~= nil then
		return nil
	end
	set(SECURITY)
	if (r.req_attr['uri.path'] or ''):find('^/static/') then
		-- The names there change with the content. A file that is not
		-- there (yet) may come.
		answer['Cache-Control'] = (status == 200 or status == 206 or
		    status == 304) and 'public, max-age=31536000, immutable' or
		    'no-store'
		return nil
	elseif status < 500 then
		return nil
	end
	local of = language()
	answer['Content-Type'] = TYPES['']
	answer['Cache-Control'] = 'no-store'
	answer['Retry-After'] = '5'
	r.resp_body:set({{filename = AWAY .. (of and '.' .. of or '') ..
	    '.html'}})
	return 503
end

-- In CGI's names a header's "-" is a "_": X_Forwarded_For would pass for what a
-- proxy says. nginx and httpd leave such headers out by themselves.
local function drop_lookalikes()
	local names = {}
	for name in pairs(request) do
		if name:find('_', 1, true) then
			names[#names + 1] = name
		end
	end
	for _, name in ipairs(names) do
		request[name] = nil
	end
end

if r.req_item.http_status == 0 then
	drop_lookalikes()
	return answer_from_file()
end
return complete()
