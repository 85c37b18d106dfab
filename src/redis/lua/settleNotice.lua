-- Writes down what became of a try. A dead letter is kept, and the journal hears of it once, in the same step.
-- KEYS[5] the channel's parcels  KEYS[6] dead letters  KEYS[7] counts
-- ARGV[3] id  ARGV[4] which try  ARGV[5] 'sent' | 'dropped' (nothing was left to say) | 'later' | 'dead'  ARGV[6] ms until the
-- next try  ARGV[7] why  ARGV[8] what a parcel's keys begin with  ARGV[9] what a box's keys begin with  ARGV[10] ms that a
-- message counts as the last one  ARGV[11] ms that a dead letter is kept  ARGV[12] how many are kept  ARGV[13] channel
-- ARGV[14] event  ARGV[15] its SHA-256  (for 'dead')
-- Outcomes: 'settled' | 'stale': somebody else has tried since, or settled it
local key = ARGV[8] .. ARGV[3]
if redis.call('HGET', key, 'tries') ~= ARGV[4] then return { 'stale' } end
if not redis.call('ZSCORE', KEYS[5], ARGV[3]) then return { 'stale' } end
if ARGV[5] == 'later' then
  redis.call('ZADD', KEYS[5], integer(now + tonumber(ARGV[6])), ARGV[3])
  redis.call('HSET', key, 'why', ARGV[7])
  return { 'settled' }
end
local box = ARGV[9] .. (redis.call('HGET', key, 'box') or '')
redis.call('ZREM', KEYS[5], ARGV[3])
if redis.call('GET', box .. ':open') == ARGV[3] then redis.call('DEL', box .. ':open') end
if ARGV[5] == 'sent' then
  redis.call('SET', box .. ':sent', integer(now), 'PX', ARGV[10])
  redis.call('HINCRBY', KEYS[7], ARGV[13], 1)
end
if ARGV[5] ~= 'dead' then
  redis.call('DEL', key, key .. ':items')
  return { 'settled' }
end
redis.call('HSET', key, 'why', ARGV[7], 'diedAt', integer(now))
redis.call('PEXPIRE', key, ARGV[11])
redis.call('PEXPIRE', key .. ':items', ARGV[11])
redis.call('ZADD', KEYS[6], integer(now), ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', integer(now - tonumber(ARGV[11])))
for _, old in ipairs(redis.call('ZRANGE', KEYS[6], 0, -tonumber(ARGV[12]) - 1)) do
  redis.call('DEL', ARGV[8] .. old, ARGV[8] .. old .. ':items')
  redis.call('ZREM', KEYS[6], old)
end
append_event(ARGV[14], ARGV[15], '')
return { 'settled' }
