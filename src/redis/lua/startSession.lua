-- Begins a session. Its id is new: an id that exists already is an error of the caller, never taken over.
-- KEYS[5] session  KEYS[6] live sessions
-- ARGV[3] id  ARGV[4] principal (JSON)  ARGV[5] when the IdP saw the person, ms  ARGV[6] ms that it may last at most
-- ARGV[7] event  ARGV[8] its SHA-256
-- Outcomes: 'started' <ms> | 'exists'
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'exists' } end
redis.call('HSET', KEYS[5],
  'id', ARGV[3], 'principal', ARGV[4], 'startedAt', integer(now), 'authenticatedAt', ARGV[5],
  'absoluteUntil', integer(now + tonumber(ARGV[6])), 'lastAt', integer(now), 'steppedUpAt', '', 'epoch', ARGV[1])
redis.call('ZADD', KEYS[6], integer(now), ARGV[3])
append_event(ARGV[7], ARGV[8], '')
return { 'started', integer(now) }
