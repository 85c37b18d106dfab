-- One person's word that a legal hold may end. Two different people end it.
-- KEYS[5] legal holds  KEYS[6] their mark  KEYS[7] session of who releases  KEYS[8] first words
-- ARGV[3] id  ARGV[4] person id  ARGV[5] the word, JSON {by: {id, name}, reason} without `at`  ARGV[6] 'portal' or 'command'
-- ARGV[7] legalhold.release.asked event  ARGV[8] its SHA-256  ARGV[9] legalhold.released event  ARGV[10] its SHA-256
-- Outcomes: 'asked' | 'released' | 'unknown' | 'twice' | 'session.revoked'
if ARGV[6] ~= 'command' then
  local session = redis.call('HMGET', KEYS[7], 'epoch', 'absoluteUntil')
  if ARGV[1] == '' or session[1] ~= redis.call('GET', KEYS[1]) or now >= (tonumber(session[2] or '') or 0) then
    return { 'session.revoked' }
  end
end
if ARGV[4] == '' or redis.call('HEXISTS', KEYS[5], ARGV[3]) == 0 then return { 'unknown' } end
local first = redis.call('HGET', KEYS[8], ARGV[3])
if not first then
  redis.call('HSET', KEYS[8], ARGV[3], string.sub(ARGV[5], 1, -2) .. ',"at":' .. integer(now) .. '}')
  append_event(ARGV[7], ARGV[8], '')
  return { 'asked' }
end
if cjson.decode(first).by.id == ARGV[4] then return { 'twice' } end
redis.call('HDEL', KEYS[5], ARGV[3])
redis.call('HDEL', KEYS[8], ARGV[3])
redis.call('INCR', KEYS[6])
append_event(ARGV[9], ARGV[10], '')
return { 'released' }
