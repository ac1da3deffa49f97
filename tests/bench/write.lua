-- For wrk: posts the form, each time with another text.
-- Arguments: the form's beginning, which ends in its text; what no other run
-- has.

local form, run, count

function init(args)
	form, run, count = args[1], args[2], 0
	wrk.headers['Content-Type'] = 'application/x-www-form-urlencoded'
end

function request()
	count = count + 1
	return wrk.format('POST', nil, nil,
	    string.format('%s+%s%d', form, run, count))
end
