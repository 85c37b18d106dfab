-- Sets the place of one destination back (or forward), and tells of it.
-- KEYS[5] place (hash)  ARGV[3] the new place  ARGV[4] event  ARGV[5] its SHA-256
-- Outcomes: 'set' <the place before, or ''> | 'ahead' <last entry>: there is no such entry yet
local head = tonumber(redis.call('HGET', KEYS[4], 'seq') or '0')
if tonumber(ARGV[3]) > head then return { 'ahead', integer(head) } end
local before = redis.call('HGET', KEYS[5], 'seq') or ''
redis.call('HSET', KEYS[5], 'seq', ARGV[3])
append_event(ARGV[4], ARGV[5], '')
return { 'set', before }
