-- Takes units of one SKU for one buyer, in one step: sale, idempotency, limit, stock, ticket.
-- KEYS  sale, stock, bought, tickets, unsent (all of the SKU)
-- ARGV  sku, user, quantity, digest of user and idempotency key, idempotency key
-- Returns {verdict} or {'again', ticket} or {'taken', ticket, event, moment}.
local sku, user, quantity = ARGV[1], ARGV[2], tonumber(ARGV[3])
local sale = redis.call('HMGET', KEYS[1], 'sale_id', 'limit_per_user', 'price_cents')
if not sale[1] then return {'not_on_sale'} end

local ticket = sku .. '-' .. sale[1] .. '-' .. ARGV[4]
local time = redis.call('TIME')
local moment = string.format('%.0f', time[1] * 1000000 + time[2])
if redis.call('HEXISTS', KEYS[4], ticket) == 1 then
    -- A buyer now holds two promises of this ticket: a new moment forbids giving it back.
    if redis.call('ZSCORE', KEYS[5], ticket) then
        redis.call('ZADD', KEYS[5], moment, ticket)
    end
    return {'again', ticket}
end

local bought = tonumber(redis.call('HGET', KEYS[3], user) or '0')
if bought + quantity > tonumber(sale[2]) then return {'limit_reached'} end
if tonumber(redis.call('GET', KEYS[2]) or '0') < quantity then return {'sold_out'} end

local event = cjson.encode({
    ticket = ticket, sku = sku, sale_id = tonumber(sale[1]), user = user, quantity = quantity,
    idempotency_key = ARGV[5], total_cents = quantity * tonumber(sale[3]),
})
redis.call('DECRBY', KEYS[2], quantity)
redis.call('HINCRBY', KEYS[3], user, quantity)
redis.call('HSET', KEYS[4], ticket, 'queued ' .. event)
redis.call('ZADD', KEYS[5], moment, ticket)
return {'taken', ticket, event, moment}
