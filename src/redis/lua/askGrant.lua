-- Writes a request for access. Nothing is granted yet: it waits for another person's answer.
-- KEYS[5] grant  KEYS[6] the holder's grants  KEYS[7] open grants  KEYS[8] all grants  KEYS[9] the holder's unanswered asks
-- KEYS[10] the asking session
-- ARGV[3] grant id  ARGV[4] ms to wait for an answer  ARGV[5] most unanswered asks a person may have
-- ARGV[6] event  ARGV[7] its SHA-256  ARGV[8] announcement  ARGV[9...] field, value, ... of the grant's terms
-- Outcomes: 'asked' <the grant: field, value, ...> | 'exists' | 'too.many' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local session = redis.call('HMGET', KEYS[10], 'epoch', 'absoluteUntil')
if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'exists' } end
if redis.call('ZCOUNT', KEYS[9], '(' .. integer(now), '+inf') >= tonumber(ARGV[5]) then return { 'too.many' } end

local answer_until = integer(now + tonumber(ARGV[4]))
redis.call('HSET', KEYS[5], unpack(ARGV, 9))
redis.call('HSET', KEYS[5], 'id', ARGV[3], 'state', 'asked', 'askedAt', integer(now), 'answerUntil', answer_until, 'epoch', epoch)
redis.call('ZADD', KEYS[6], integer(now), ARGV[3])
redis.call('ZADD', KEYS[7], answer_until, ARGV[3])
redis.call('ZADD', KEYS[8], integer(now), ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', integer(now))
redis.call('ZADD', KEYS[9], answer_until, ARGV[3])
append_event(ARGV[6], ARGV[7], '{"answerUntil":' .. answer_until .. '}')
announce(ARGV[8])
return { 'asked', unpack(redis.call('HGETALL', KEYS[5])) }
