-- Freezes acts, by a person. The same freeze twice is one.
-- KEYS[5] freezes  KEYS[6] session of who does it
-- ARGV[3] id  ARGV[4] the freeze, JSON without `since` and `epoch`  ARGV[5] the members that make it the same, as they stand in
-- that JSON  ARGV[6] most freezes  ARGV[7] event  ARGV[8] its SHA-256  ARGV[9] announcement
-- Outcomes: 'set' <id> | 'exists' <id> | 'too.many' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
local session = redis.call('HMGET', KEYS[6], 'epoch', 'absoluteUntil')
if ARGV[1] == '' or session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end
local list = redis.call('HGETALL', KEYS[5])
for i = 1, #list, 2 do
  if string.find(list[i + 1], ARGV[5], 1, true) then return { 'exists', list[i] } end
end
if #list / 2 >= tonumber(ARGV[6]) then return { 'too.many' } end
redis.call('HSET', KEYS[5], ARGV[3], string.sub(ARGV[4], 1, -2) .. ',"since":' .. integer(now) .. ',"epoch":"' .. epoch .. '"}')
append_event(ARGV[7], ARGV[8], '')
announce(ARGV[9])
return { 'set', ARGV[3] }
