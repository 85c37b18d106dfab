-- Ends a session everywhere: its record and all its tokens. What is left of a token is a marker for an hour, without any
-- power, so that its browser can be told why. 'idle' is a claim that this script checks: another gateway may know better.
-- KEYS[5] session  KEYS[6] live sessions  KEYS[7] the session's tokens
-- ARGV[3] id  ARGV[4] because  ARGV[5] idle limit, ms  ARGV[6] what a token's key begins with  ARGV[7] marker (JSON)
-- ARGV[8] message  ARGV[9] event  ARGV[10] its SHA-256
-- Outcomes: 'ended' | 'alive' <ms of its last use> | 'gone'
local session = redis.call('HMGET', KEYS[5], 'lastAt', 'absoluteUntil')
if not session[1] then
  redis.call('ZREM', KEYS[6], ARGV[3])
  return { 'gone' }
end
if ARGV[4] == 'idle' and now - tonumber(session[1]) < tonumber(ARGV[5]) then return { 'alive', session[1] } end
if ARGV[4] == 'absolute' and now < tonumber(session[2]) then return { 'alive', session[1] } end
for _, digest in ipairs(redis.call('SMEMBERS', KEYS[7])) do
  redis.call('SET', ARGV[6] .. digest, ARGV[7], 'PX', 3600000)
end
redis.call('DEL', KEYS[5], KEYS[7])
redis.call('ZREM', KEYS[6], ARGV[3])
append_event(ARGV[9], ARGV[10], '')
announce(ARGV[8])
return { 'ended' }
