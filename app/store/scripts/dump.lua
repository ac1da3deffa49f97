-- All that there is of some posts and views, at one moment, for a backup. Only
-- reads.
--
-- KEYS: the list of boards; last_id of the first
-- ARGV: bytes that are enough for a call; units, each a prefix, a kind, a
--       number, and which kind of key led to it; prefixes of boards that are
--       looked at whole ('': none are, and neither is the list of boards);
--       each word has a NUL behind it
-- A unit's kind is p, a post, or v, views. What led to a post is 0: it is given
-- whatever there is; or the place of a key's kind among KINDS: it is given
-- unless there is one of a kind before it, which leads to it too.
-- Gives {how many units were done, {{unit, {part, value, milliseconds till it
-- goes}, …}, …}, {{last_id, secret, layout, board, notices}, …}, slugs}. A long
-- text is a list of its pieces. A key of another type is {"spoilt", its name}.

local enough = tonumber(ARGV[1])
local PIECE, LONGEST = 131072, 8388608

-- Name, type, and what a backup calls it.
local KINDS = {{'news:name:', 'string', 'name'},
    {'news:post:', 'string', 'text'}, {'news:meta:', 'hash', 'meta'},
    {'news:replies:', 'list', 'replies'}, {'news:secret:', 'hash', 'secret'},
    {'news:versions:', 'list', 'versions'},
    {'news:recommend:', 'set', 'recommend'}, {'news:trash:', 'hash', 'trash'}}
-- Most posts have none of those from here on.
local SELDOM = 4
local EXPIRING = {secret = true, versions = true, recommend = true,
    trash = true}
local READ = {
	string = function(name)
		return redis.pcall('GET', name)
	end,
	hash = function(name)
		return redis.pcall('HGETALL', name)
	end,
	list = function(name)
		return redis.pcall('LRANGE', name, 0, -1)
	end,
	set = function(name)
		return redis.pcall('SMEMBERS', name)
	end,
}
local bytes = 0

local function words(packed)
	return packed:gmatch('(%Z*)%z')
end

local function pieces(text)
	bytes = bytes + #text
	if #text <= PIECE then
		return text
	end
	local found = {}
	for from = 1, #text, PIECE do
		found[#found + 1] = text:sub(from, from + PIECE - 1)
	end
	return found
end

-- What a key holds; nil: nothing. Of another type it is an error.
local function value_of(name, kind)
	local value = READ[kind](name)
	if type(value) == 'string' then
		return pieces(value)
	elseif type(value) ~= 'table' or (not value.err and #value == 0) then
		return nil
	end
	for i, text in ipairs(value) do
		value[i] = pieces(text)
	end
	return value
end

local function add(unit, part, name, kind)
	local value = value_of(name, kind)
	if type(value) == 'table' and value.err then
		unit[#unit + 1] = {'spoilt', name}
	elseif value then
		local left = EXPIRING[part] and redis.call('PTTL', name) or 0
		unit[#unit + 1] = {part, value, math.max(left, 0)}
	end
end

local function is_another_key_s(prefix, id, led)
	local before = {}
	for i = 1, led - 1 do
		before[i] = prefix .. KINDS[i][1] .. id
	end
	return led > 1 and redis.call('EXISTS', unpack(before)) > 0
end

local function post(prefix, id, led, unit)
	local before, names, last = bytes, {}, #KINDS
	for i, kind in ipairs(KINDS) do
		names[i] = prefix .. kind[1] .. id
	end
	if redis.call('EXISTS', unpack(names, SELDOM)) == 0 then
		last = SELDOM - 1
	end
	for i = 1, last do
		add(unit, KINDS[i][3], names[i], KINDS[i][2])
	end
	if bytes - before > LONGEST then
		return {unit[1], {'long', prefix .. 'news:post:' .. id}}
	end
	return unit
end

local done, units = 0, {}
local next_word = words(ARGV[2])
while bytes < enough do
	local prefix, kind = next_word(), next_word()
	local number, led = next_word(), tonumber(next_word() or '')
	if not led then
		break
	end
	local unit = {done}
	if kind == 'v' then
		add(unit, 'counts', prefix .. 'news:views:' .. number, 'hash')
		units[#units + 1] = unit
	elseif not is_another_key_s(prefix, number, led) then
		units[#units + 1] = post(prefix, number, led, unit)
	end
	done = done + 1
end

-- A text, or '' where there is none.
local function text_of(name)
	local found = redis.pcall('GET', name)
	return type(found) == 'string' and found or ''
end

local function list_of(name, kind)
	local found = value_of(name, kind)
	return type(found) == 'table' and not found.err and found or {}
end

local boards = {}
for prefix in words(ARGV[3]) do
	boards[#boards + 1] = {text_of(prefix .. 'last_id'),
	    text_of(prefix .. 'madang:secret'),
	    text_of(prefix .. 'madang:schema'),
	    list_of(prefix .. 'madang:board', 'hash'),
	    list_of(prefix .. 'news:notices', 'list')}
end
return {done, units, boards,
    ARGV[3] ~= '' and list_of(KEYS[1], 'list') or {}}
