-- Marks tickets whose order row is committed.
-- KEYS  tickets, unsent (of the SKU)
-- ARGV  tickets; those of an earlier sale are unknown and left alone
for _, ticket in ipairs(ARGV) do
    local record = redis.call('HGET', KEYS[1], ticket)
    if record then
        redis.call('HSET', KEYS[1], ticket, 'created ' .. string.match(record, '^%a+ (.*)$'))
        redis.call('ZREM', KEYS[2], ticket)
    end
end
return #ARGV
