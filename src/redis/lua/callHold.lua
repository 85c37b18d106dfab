-- Writes down, once, that those who were asked to sign a hold were reminded of it. Idempotent, for the sweep.
-- KEYS[5] hold  KEYS[6] holds whose signers are to be reminded
-- ARGV[3] hold id  ARGV[4] event  ARGV[5] its SHA-256
-- Outcomes: 'called' <the hold> | 'unknown' | 'not.asked': no signature of others is waited for any more | 'not.due'
local due = tonumber(redis.call('ZSCORE', KEYS[6], ARGV[3]) or '')
if not due then return { 'unknown' } end
if now < due then return { 'not.due' } end
redis.call('ZREM', KEYS[6], ARGV[3])
local hold = redis.call('HMGET', KEYS[5], 'id', 'state', 'expiresAt', 'epoch', 'needApprovals', 'approvalCount')
if not hold[1] then return { 'unknown' } end
if hold[4] ~= redis.call('GET', KEYS[1]) or hold[2] ~= 'waiting' or now >= tonumber(hold[3]) then return { 'not.asked' } end
if tonumber(hold[6]) >= tonumber(hold[5]) then return { 'not.asked' } end
append_event(ARGV[4], ARGV[5], '')
return { 'called', unpack(redis.call('HGETALL', KEYS[5])) }
