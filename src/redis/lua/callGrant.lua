-- Writes down, once each, that approvers were reminded of a request for access, or that it escalated. Idempotent.
-- KEYS[5] grant  KEYS[6] calls for an answer
-- ARGV[3] 'remind' | 'escalate'  ARGV[4] event  ARGV[5] its SHA-256  ARGV[6] announcement
-- Outcomes: 'called' <the grant> | 'unknown' | 'not.asked' | 'not.due'
local epoch = redis.call('GET', KEYS[1])
local grant = redis.call('HMGET', KEYS[5], 'id', 'state', 'answerUntil', 'epoch', 'remindAt', 'remindedAt', 'escalateAt', 'escalatedAt')
local id = grant[1]
if not id then return { 'unknown' } end
if grant[2] ~= 'asked' or grant[4] ~= epoch or now >= tonumber(grant[3]) then
  redis.call('ZREM', KEYS[6], id)
  return { 'not.asked' }
end
local function pending(at, done) return at and at ~= '' and not done and tonumber(at) or nil end
local remind, escalate = pending(grant[5], grant[6]), pending(grant[7], grant[8])
local due, field = escalate, 'escalatedAt'
if ARGV[3] == 'remind' then due, field = remind, 'remindedAt' end
if not due or now < due then return { 'not.due' } end

redis.call('HSET', KEYS[5], field, integer(now))
local other = escalate
if field == 'escalatedAt' then other = remind end
if other then redis.call('ZADD', KEYS[6], integer(other), id) else redis.call('ZREM', KEYS[6], id) end
append_event(ARGV[4], ARGV[5], '')
announce(ARGV[6])
return { 'called', unpack(redis.call('HGETALL', KEYS[5])) }
