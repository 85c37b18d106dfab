-- Keeps recordings whatever the rules of retention say.
-- KEYS[5] legal holds  KEYS[6] their mark  KEYS[7] session of who sets it
-- ARGV[3] id  ARGV[4] the hold, JSON without `since`  ARGV[5] 'portal' or 'command'  ARGV[6] most holds
-- ARGV[7] event  ARGV[8] its SHA-256
-- Outcomes: 'set' <since> | 'too.many' | 'session.revoked'
if ARGV[5] ~= 'command' then
  local session = redis.call('HMGET', KEYS[7], 'epoch', 'absoluteUntil')
  if ARGV[1] == '' or session[1] ~= redis.call('GET', KEYS[1]) or now >= (tonumber(session[2] or '') or 0) then
    return { 'session.revoked' }
  end
end
if redis.call('HLEN', KEYS[5]) >= tonumber(ARGV[6]) then return { 'too.many' } end
redis.call('HSET', KEYS[5], ARGV[3], string.sub(ARGV[4], 1, -2) .. ',"since":' .. integer(now) .. '}')
redis.call('INCR', KEYS[6])
append_event(ARGV[7], ARGV[8], '')
return { 'set', integer(now) }
