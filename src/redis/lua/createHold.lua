-- Writes down one exact request that waits for its own admin's passkey.
-- KEYS[5] hold  KEYS[6] the session's waiting holds  KEYS[7] session
-- ARGV[3] hold id  ARGV[4] ms to live  ARGV[5] ms that the hold is kept, so that a late request still hears why
-- ARGV[6] most waiting holds of a session  ARGV[7] event  ARGV[8] its SHA-256  ARGV[9...] field, value, ... of the terms
-- Outcomes: 'created' <the hold: field, value, ...> | 'exists' | 'too.many' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local session = redis.call('HMGET', KEYS[7], 'epoch', 'absoluteUntil')
if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'exists' } end
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', integer(now))
if redis.call('ZCARD', KEYS[6]) >= tonumber(ARGV[6]) then return { 'too.many' } end

local expires_at = integer(now + tonumber(ARGV[4]))
redis.call('HSET', KEYS[5], unpack(ARGV, 9))
redis.call('HSET', KEYS[5], 'id', ARGV[3], 'state', 'waiting', 'createdAt', integer(now), 'expiresAt', expires_at, 'epoch', epoch)
redis.call('PEXPIRE', KEYS[5], ARGV[5])
redis.call('ZADD', KEYS[6], expires_at, ARGV[3])
redis.call('PEXPIRE', KEYS[6], ARGV[5])
append_event(ARGV[7], ARGV[8], '{"expiresAt":' .. expires_at .. '}')
return { 'created', unpack(redis.call('HGETALL', KEYS[5])) }
