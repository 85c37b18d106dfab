-- Adds a passkey to a person. Credential ids are unique over all people (WebAuthn Level 3 section 7.1, step 26).
-- KEYS[5] passkey  KEYS[6] the person's passkeys  KEYS[7] session
-- ARGV[3] most passkeys a person may have  ARGV[4] event  ARGV[5] its SHA-256  ARGV[6] message  ARGV[7] credential id
-- ARGV[8..] field, value, ...
-- Outcomes: 'enrolled' <ms> | 'taken' | 'full' | 'gone': the session is over
if redis.call('HGET', KEYS[7], 'epoch') ~= ARGV[1] then return { 'gone' } end
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'taken' } end
if redis.call('SCARD', KEYS[6]) >= tonumber(ARGV[3]) then return { 'full' } end
for i = 8, #ARGV, 2 do redis.call('HSET', KEYS[5], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[5], 'createdAt', integer(now))
redis.call('SADD', KEYS[6], ARGV[7])
append_event(ARGV[4], ARGV[5], '')
announce(ARGV[6])
return { 'enrolled', integer(now) }
