-- Writes down one exact request that waits for signatures. A session has a bounded number of waiting ones: when it is full,
-- the oldest that nobody signed or asked for gives way, so that a page that keeps being refused locks nobody out.
-- KEYS[5] hold  KEYS[6] the session's waiting holds  KEYS[7] session  KEYS[8] the hold that may give way
-- ARGV[3] hold id  ARGV[4] ms to live  ARGV[5] ms that the hold is kept after that, so that a late request still hears why
-- ARGV[6] most waiting holds of a session  ARGV[7] event  ARGV[8] its SHA-256  ARGV[9] what a hold's key begins with
-- ARGV[10] id of the hold that may give way, '' for none  ARGV[11] its hold.cancelled event  ARGV[12] its SHA-256
-- ARGV[13] its announcement  ARGV[14...] field, value, ... of the hold
-- Outcomes: 'created' <the hold: field, value, ...> | 'exists' | 'session.revoked'
--           | 'full' <the hold that would give way now> | 'too.many': every waiting one was signed or asked for
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local session = redis.call('HMGET', KEYS[7], 'epoch', 'absoluteUntil')
local absolute = tonumber(session[2] or '') or 0
if session[1] ~= epoch or now >= absolute then return { 'session.revoked' } end
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'exists' } end
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', integer(now))
local full = redis.call('ZCARD', KEYS[6]) >= tonumber(ARGV[6])
if full then
  local oldest, made = nil, math.huge
  for _, id in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do
    local waiting = redis.call('HMGET', ARGV[9] .. id, 'state', 'createdAt', 'signedAt', 'askedAt')
    local touched = waiting[3] or waiting[4]
    if waiting[1] == 'waiting' and not touched and tonumber(waiting[2]) < made then oldest, made = id, tonumber(waiting[2]) end
  end
  if not oldest then return { 'too.many' } end
  if oldest ~= ARGV[10] then return { 'full', oldest } end
  redis.call('HSET', KEYS[8], 'state', 'cancelled')
  redis.call('ZREM', KEYS[6], oldest)
  append_event(ARGV[11], ARGV[12], '')
  announce(ARGV[13])
end

-- It counts only in its session, so it does not outlive it.
local expires_at = math.min(now + tonumber(ARGV[4]), absolute)
local kept = expires_at - now + tonumber(ARGV[5])
redis.call('HSET', KEYS[5], unpack(ARGV, 14))
redis.call('HSET', KEYS[5], 'id', ARGV[3], 'state', 'waiting', 'createdAt', integer(now), 'expiresAt', integer(expires_at),
  'approvals', '[]', 'approvalCount', '0', 'epoch', epoch)
redis.call('PEXPIRE', KEYS[5], integer(kept))
redis.call('ZADD', KEYS[6], integer(expires_at), ARGV[3])
if redis.call('PTTL', KEYS[6]) < kept then redis.call('PEXPIRE', KEYS[6], integer(kept)) end
append_event(ARGV[7], ARGV[8], '{"expiresAt":' .. integer(expires_at) .. '}')
return { 'created', unpack(redis.call('HGETALL', KEYS[5])) }
