-- with: freezes budgets
-- Stage 50. Decides and consumes in one step, before a byte leaves: the session lives, nothing is frozen, the hold has what
-- the decision rests on and becomes used, the grant is active and loses a use, the devices fit into every budget, the intent
-- is in the journal. All is checked before anything is consumed; only what was tried is noted on a refusal by a budget.
-- KEYS[5] session  KEYS[6] act  KEYS[7] hold  KEYS[8] grant  KEYS[9] open grants  KEYS[10] the person's active grants
-- KEYS[11] the session's waiting holds  KEYS[12] holds that others were asked to sign  KEYS[13] freezes  KEYS[14] what it reserves
-- KEYS[15...] five a budget, see shared/budgets.lua
-- ARGV[3] session id  ARGV[4] principal id  ARGV[5] exchange  ARGV[6] hold id, '' for none
-- ARGV[7] '1': the decision rests on the hold's own signature  ARGV[8] on so many approvals of it
-- ARGV[9] grant id, '' for none  ARGV[10] ms that the act's mark is kept  ARGV[11] intent event  ARGV[12] its SHA-256
-- ARGV[13] grant.ended event, for when this was the last use  ARGV[14] its SHA-256
-- ARGV[15] announcement for the grant  ARGV[16] for the hold  ARGV[17] for a freeze
-- ARGV[18] what a session's key begins with  ARGV[19] console  ARGV[20] what it does: JSON list of [action, risk]
-- ARGV[21] how many budgets, then eleven each, see shared/budgets.lua; then the devices
-- Outcomes: 'committed' <seq of the intent> <uses left, or ''> | 'act.repeated' | 'session.revoked' | 'lockdown.active' <freeze>
--           | 'hold.unknown' | 'hold.mismatch' | 'hold.unsigned' | 'hold.used' | 'hold.expired' | 'approval.denied'
--           | 'approval.required' | 'grant.ended' | 'budget.tripped' <rule> | 'budget.spent' <rule> <ms when it fits, or ''>
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch or ARGV[3] == '' or ARGV[4] == '' then return { 'session.revoked' } end

local function stands(key)
  local session = redis.call('HMGET', key, 'epoch', 'absoluteUntil')
  return session[1] == epoch and now < (tonumber(session[2] or '') or 0)
end

if not stands(KEYS[5]) then return { 'session.revoked' } end
if redis.call('EXISTS', KEYS[6]) == 1 then return { 'act.repeated' } end
local frozen = frozen_by(KEYS[13], ARGV[19], cjson.decode(ARGV[20]))
if frozen then return { 'lockdown.active', frozen } end

if ARGV[6] ~= '' then
  local hold = redis.call('HMGET', KEYS[7], 'id', 'session', 'principal', 'state', 'expiresAt', 'epoch', 'signedAt', 'approvalCount')
  if hold[1] ~= ARGV[6] or hold[6] ~= epoch then return { 'hold.unknown' } end
  if hold[2] ~= ARGV[3] or hold[3] ~= ARGV[4] then return { 'hold.mismatch' } end
  if hold[4] == 'used' then return { 'hold.used' } end
  if hold[4] == 'denied' then return { 'approval.denied' } end
  if hold[4] ~= 'waiting' and hold[4] ~= 'ready' then return { 'hold.unknown' } end
  if now >= (tonumber(hold[5] or '') or 0) then return { 'hold.expired' } end
  if ARGV[7] == '1' and not tonumber(hold[7] or '') then return { 'hold.unsigned' } end
  -- Written so that a number that is none (nil, NaN) refuses.
  local approvals = tonumber(ARGV[8])
  local enough = approvals == 0 or (approvals and approvals > 0 and (tonumber(hold[8] or '') or 0) >= approvals)
  if not enough then return { 'approval.required' } end
end

local left, first_use, active_until = '', false, nil
if ARGV[9] ~= '' then
  local grant = redis.call('HMGET', KEYS[8], 'id', 'holder', 'state', 'activeFrom', 'activeUntil', 'usesLeft', 'epoch',
    'session', 'clock', 'firstUsedAt', 'minutes')
  if grant[1] ~= ARGV[9] or grant[2] ~= ARGV[4] or grant[3] ~= 'active' or grant[7] ~= epoch then return { 'grant.ended' } end
  active_until = tonumber(grant[5] or '') or 0
  if now < (tonumber(grant[4] or '') or math.huge) or now >= active_until then return { 'grant.ended' } end
  if (tonumber(grant[6] or '') or 0) < 1 then return { 'grant.ended' } end
  -- A grant of one session ends with it, swept or not.
  if grant[8] and grant[8] ~= '' and not stands(ARGV[18] .. grant[8]) then return { 'grant.ended' } end
  left = integer(tonumber(grant[6]) - 1)
  first_use = not tonumber(grant[10] or '')
  if first_use and grant[9] == 'first.use' then
    local minutes = tonumber(grant[11] or '')
    if not minutes then return { 'grant.ended' } end
    active_until = now + minutes * 60000
  end
end

-- Nobody who may not do the act comes this far, so nobody can freeze a console by asking for what they may not do.
local rules = read_rules(15, 21)
local tripped = note_tries(rules, ARGV[5], KEYS[13], ARGV[17])
if tripped then return { 'budget.tripped', tripped } end
local spent, frees
for _, rule in ipairs(rules) do
  drop_old(rule.hits, rule.window)
  local fresh = fresh_of(rule, rule.hits)
  if fresh ~= 0 and not (used_of(rule.hits) + fresh <= rule.limit) then
    local at = frees_at(rule)
    -- the one that takes longest is told; '' is never
    if not spent or at == '' or (frees ~= '' and tonumber(at) > tonumber(frees)) then spent, frees = rule.id, at end
  end
end
if spent then return { 'budget.spent', spent, frees } end

if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[7], 'state', 'used')
  redis.call('ZREM', KEYS[11], ARGV[6])
  redis.call('ZREM', KEYS[12], ARGV[6])
  announce(ARGV[16])
end
local fact = ''
if ARGV[9] ~= '' then
  redis.call('HSET', KEYS[8], 'usesLeft', left, 'lastUsedAt', integer(now), 'activeUntil', integer(active_until))
  if first_use then redis.call('HSET', KEYS[8], 'firstUsedAt', integer(now)) end
  fact = '{"usesLeft":' .. left .. '}'
end
local seq = append_event(ARGV[11], ARGV[12], fact)
redis.call('HSET', KEYS[6], 'session', ARGV[3], 'grant', ARGV[9], 'hold', ARGV[6], 'intent', seq, 'epoch', epoch)
redis.call('PEXPIRE', KEYS[6], ARGV[10])
local reserved, longest = {}, 0
for _, rule in ipairs(rules) do
  if rule.count + rule.extra > 0 then
    reserved[#reserved + 1] = reserve(rule, ARGV[5])
    longest = math.max(longest, rule.window)
  end
end
-- Worth nothing any more when its devices have left the window by themselves.
if #reserved > 0 then redis.call('SET', KEYS[14], cjson.encode(reserved), 'PX', integer(longest)) end
if ARGV[9] ~= '' then
  if left == '0' then
    redis.call('HSET', KEYS[8], 'state', 'ended', 'endedAt', integer(now), 'endedBecause', 'uses')
    redis.call('ZREM', KEYS[9], ARGV[9])
    redis.call('ZREM', KEYS[10], ARGV[9])
    append_event(ARGV[13], ARGV[14], '')
  elseif first_use then
    redis.call('ZADD', KEYS[9], integer(active_until), ARGV[9])
    redis.call('ZADD', KEYS[10], integer(active_until), ARGV[9])
  end
  announce(ARGV[15])
end
return { 'committed', seq, left }
