-- Binds one more cookie, known by its digest only, to a live session.
-- KEYS[5] session  KEYS[6] token  KEYS[7] the session's tokens
-- ARGV[3] what the token stands for (JSON)  ARGV[4] the token's digest
-- Outcomes: 'issued' | 'gone': the session is over
local session = redis.call('HMGET', KEYS[5], 'absoluteUntil', 'epoch')
if not session[1] or session[2] ~= ARGV[1] or now >= tonumber(session[1]) then return { 'gone' } end
redis.call('SET', KEYS[6], ARGV[3])
redis.call('SADD', KEYS[7], ARGV[4])
return { 'issued' }
