-- Claims tickets whose event is not known to be in the queue, for publishing again.
-- KEYS  unsent, tickets (of the SKU)
-- ARGV  age in microseconds, how many at most
-- Returns their events. A claimed ticket gets a new moment: it can no more be given back, and no
-- other process claims it before the same age has passed.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1]),
                       'LIMIT', 0, ARGV[2])
local events = {}
for _, ticket in ipairs(old) do
    local record = redis.call('HGET', KEYS[2], ticket)
    if record then
        redis.call('ZADD', KEYS[1], string.format('%.0f', now), ticket)
        events[#events + 1] = string.match(record, '^%a+ (.*)$')
    else
        redis.call('ZREM', KEYS[1], ticket)
    end
end
return events
