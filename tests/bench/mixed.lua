-- For wrk: the paths of its arguments, one after another.

local paths, count

function init(args)
	paths, count = args, 0
end

function request()
	count = count % #paths + 1
	return wrk.format('GET', paths[count])
end
