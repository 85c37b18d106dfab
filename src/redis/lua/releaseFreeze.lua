-- One person's word that a freeze may end. Two different people end it; nobody whose own acts tripped it.
-- KEYS[5] freezes  KEYS[6] releases  KEYS[7] session of who releases
-- ARGV[3] freeze id  ARGV[4] principal id  ARGV[5] the person, JSON {id, name}
-- ARGV[6] freeze.released event  ARGV[7] its SHA-256  ARGV[8] freeze.ended event  ARGV[9] its SHA-256  ARGV[10] announcement
-- Outcomes: 'released' | 'ended' | 'unknown' | 'own' | 'twice' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
local session = redis.call('HMGET', KEYS[7], 'epoch', 'absoluteUntil')
if ARGV[1] == '' or session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end
local text = redis.call('HGET', KEYS[5], ARGV[3])
if not text or ARGV[4] == '' then return { 'unknown' } end
local freeze = cjson.decode(text)
if type(freeze.budget) == 'string' and freeze.by.id == ARGV[4] then return { 'own' } end
local before = redis.call('HGET', KEYS[6], ARGV[3])
local releases = before and cjson.decode(before) or {}
for _, person in ipairs(releases) do
  if person.id == ARGV[4] then return { 'twice' } end
end
append_event(ARGV[6], ARGV[7], '')
if #releases == 0 then
  redis.call('HSET', KEYS[6], ARGV[3], '[' .. ARGV[5] .. ']')
  announce(ARGV[10])
  return { 'released' }
end
redis.call('HDEL', KEYS[5], ARGV[3])
redis.call('HDEL', KEYS[6], ARGV[3])
append_event(ARGV[8], ARGV[9], '')
announce(ARGV[10])
return { 'ended' }
