-- Sends a dead letter again, from its first try on: somebody has mended the channel.
-- KEYS[5] dead letters  KEYS[6] its parcel  KEYS[7] the parcel's items
-- ARGV[3] id  ARGV[4] what a channel's list of parcels begins with
-- Outcomes: 'retried' | 'unknown'
if redis.call('ZREM', KEYS[5], ARGV[3]) == 0 then return { 'unknown' } end
local channel = redis.call('HGET', KEYS[6], 'channel')
if not channel then return { 'unknown' } end
redis.call('PERSIST', KEYS[6])
redis.call('PERSIST', KEYS[7])
redis.call('HSET', KEYS[6], 'tries', 0)
redis.call('HDEL', KEYS[6], 'why', 'diedAt')
redis.call('ZADD', ARGV[4] .. channel, integer(now), ARGV[3])
return { 'retried' }
