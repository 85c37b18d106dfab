-- Forgets a grant that is over and was asked for so long ago that no review looks for it here any more: the ledger keeps what
-- became of it. Idempotent, for the sweep.
-- KEYS[5] grant  KEYS[6] all grants  KEYS[7] the holder's grants
-- ARGV[3] grant id  ARGV[4] the holder that KEYS[7] is of  ARGV[5] ms that a grant is kept after the asking
-- Outcomes: 'dropped' | 'kept': not over, or not old enough | 'unknown'
local asked = tonumber(redis.call('ZSCORE', KEYS[6], ARGV[3]) or '')
if not asked then return { 'unknown' } end
local grant = redis.call('HMGET', KEYS[5], 'holder', 'state')
if grant[1] and grant[1] ~= ARGV[4] then return { 'unknown' } end
if now < asked + tonumber(ARGV[5]) or grant[2] == 'asked' or grant[2] == 'active' then return { 'kept' } end
redis.call('DEL', KEYS[5])
redis.call('ZREM', KEYS[6], ARGV[3])
redis.call('ZREM', KEYS[7], ARGV[3])
return { 'dropped' }
