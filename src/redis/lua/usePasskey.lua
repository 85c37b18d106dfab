-- Notes a verified assertion at its passkey. The signature was checked by the caller; owner and counter are checked here,
-- because only here nobody else can change them in between (WebAuthn Level 3 section 7.2, step 22).
-- KEYS[5] passkey
-- ARGV[3] owner  ARGV[4] counter  ARGV[5] '1' backed up, '0' not
-- Outcomes: 'used' <ms> | 'unknown' | 'counter'
local passkey = redis.call('HMGET', KEYS[5], 'owner', 'counter')
if passkey[1] ~= ARGV[3] then return { 'unknown' } end
local stored, counter = tonumber(passkey[2]), tonumber(ARGV[4])
if (stored > 0 or counter > 0) and counter <= stored then return { 'counter' } end
redis.call('HSET', KEYS[5], 'counter', integer(counter), 'lastUsedAt', integer(now), 'backedUp', ARGV[5])
return { 'used', integer(now) }
