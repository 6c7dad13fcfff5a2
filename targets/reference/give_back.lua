-- Undoes a take whose event the queue refused, unless somebody else has seen the ticket since:
-- the moment of the take is the fencing token, a repeat or the sweep has moved it.
-- KEYS  stock, bought, tickets, unsent (of the SKU)
-- ARGV  ticket, moment of the take, user, quantity
-- Returns 1 when the units are back, 0 when the ticket stands.
local moment = redis.call('ZSCORE', KEYS[4], ARGV[1])
if not moment or tonumber(moment) ~= tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HINCRBY', KEYS[2], ARGV[3], -tonumber(ARGV[4]))
redis.call('INCRBY', KEYS[1], ARGV[4])
return 1
