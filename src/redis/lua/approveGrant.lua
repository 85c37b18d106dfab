-- with: grants
-- One person's yes to an asked grant: another person than its holder and than those who said yes before, of a group that is
-- asked now, with a key that is none of theirs, on terms no wider than what is left. The last yes needed makes it active.
-- The approver's groups are read from their session's own record, not taken from the caller.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the holder's unanswered asks  KEYS[8] the holder's active grants
-- KEYS[9] the approver's session  KEYS[10] the session that asked (any key for a grant that outlives it)
-- KEYS[11] the holder's passkeys  KEYS[12] calls for an answer
-- ARGV[3] approver, principal id  ARGV[4] the holder that KEYS are of  ARGV[5] the session that KEYS[10] is of
-- ARGV[6] the step that was signed  ARGV[7] minutes  ARGV[8] uses  ARGV[9] targets that are left, JSON
-- ARGV[10] {"by":{"id","name"},"minutes","uses","targets"}, JSON  ARGV[11] credential id  ARGV[12] public key
-- ARGV[13] what a passkey's key begins with  ARGV[14] ms that an approved grant waits for its first use
-- ARGV[15] grant.approved event  ARGV[16] its SHA-256  ARGV[17] grant.step.approved event  ARGV[18] its SHA-256
-- ARGV[19] announcement  ARGV[20] the approver's name
-- Outcomes: 'approved' <the grant> | 'step.approved' <the grant> | 'unknown' | 'own' | 'lapsed' | 'not.asked'
--           | 'session.revoked' | 'twice' | 'not.next' | 'wider' | 'own.key'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'answerUntil', 'epoch', 'askedMinutes', 'askedUses',
  'minutes', 'uses', 'session', 'steps', 'approvals', 'targets', 'escalateAt', 'escalateTo', 'clock', 'startAt', 'keysUsed')
local id, holder, state = grant[1], grant[2], grant[3]
if not id or not holder or holder ~= ARGV[4] then return { 'unknown' } end
if ARGV[3] == '' or ARGV[3] == holder then return { 'own' } end
if state == 'lapsed' then return { 'lapsed' } end
if state ~= 'asked' then return { 'not.asked' } end
if grant[5] ~= epoch or now >= tonumber(grant[4]) then return { 'lapsed' } end
local asking = grant[10] or ''
if asking ~= ARGV[5] then return { 'unknown' } end
if asking ~= '' and session_over(KEYS[10], epoch) then return { 'lapsed' } end
if session_over(KEYS[9], epoch) then return { 'session.revoked' } end
local principal = cjson.decode(redis.call('HGET', KEYS[9], 'principal'))
if principal.id ~= ARGV[3] then return { 'session.revoked' } end

-- who: never twice, and of a group that is asked now
local steps, approvals = cjson.decode(grant[11] or '[]'), cjson.decode(grant[12] or '[]')
local given = {}
for _, approval in ipairs(approvals) do
  if approval.by.id == ARGV[3] then return { 'twice' } end
  given[approval.step] = (given[approval.step] or 0) + 1
end
local current
for i, step in ipairs(steps) do
  if (given[i - 1] or 0) < step.count then
    current = i
    break
  end
end
if not current or tostring(current - 1) ~= ARGV[6] then return { 'not.next' } end
local asked_now = {}
for _, group in ipairs(steps[current].groups) do asked_now[group] = true end
if grant[14] and grant[14] ~= '' and now >= tonumber(grant[14]) then
  for _, group in ipairs(cjson.decode(grant[15])) do asked_now[group] = true end
end
local fits = false
for _, group in ipairs(principal.groups) do fits = fits or asked_now[group] == true end
if not fits then return { 'not.next' } end

-- what: never wider than what is left
local minutes, uses = tonumber(ARGV[7]), tonumber(ARGV[8])
local most_minutes, most_uses = tonumber(grant[8] or '') or tonumber(grant[6]), tonumber(grant[9] or '') or tonumber(grant[7])
if not minutes or minutes < 1 or minutes % 1 ~= 0 or minutes > most_minutes then return { 'wider' } end
if not uses or uses < 1 or uses % 1 ~= 0 or uses > most_uses then return { 'wider' } end
local left, limits = cjson.decode(ARGV[9]), {}
for _, target in ipairs(cjson.decode(grant[13])) do limits[target.kind .. ':' .. target.id] = true end
if #left == 0 then return { 'wider' } end
for _, target in ipairs(left) do
  local kind = target.kind
  if not (limits['any:*'] or limits[kind .. ':*'] or limits[kind .. ':' .. target.id]) then return { 'wider' } end
end

-- with what: no key of the holder under another name, none that somebody else has approved with
if ARGV[11] == '' or ARGV[12] == '' then return { 'own.key' } end
for _, credential in ipairs(redis.call('SMEMBERS', KEYS[11])) do
  if credential == ARGV[11] or redis.call('HGET', ARGV[13] .. credential, 'spki') == ARGV[12] then return { 'own.key' } end
end
local keys_used = cjson.decode(grant[18] or '[]')
for _, key in ipairs(keys_used) do
  if key == ARGV[11] or key == ARGV[12] then return { 'twice' } end
end
keys_used[#keys_used + 1] = ARGV[11]
keys_used[#keys_used + 1] = ARGV[12]

-- Joined as text, not encoded anew: what was written once stays as it is, byte for byte.
local entry = '{"at":' .. integer(now) .. ',"step":' .. integer(current - 1) .. ',' .. string.sub(ARGV[10], 2)
local list = (grant[12] or '[]') == '[]' and '[' .. entry .. ']' or string.sub(grant[12], 1, -2) .. ',' .. entry .. ']'
redis.call('HSET', KEYS[5], 'approvals', list, 'keysUsed', cjson.encode(keys_used),
  'minutes', integer(minutes), 'uses', integer(uses), 'targets', ARGV[9])
local last = current == #steps and (given[current - 1] or 0) + 1 >= steps[current].count
if not last then
  append_event(ARGV[17], ARGV[18], '')
  announce(ARGV[19])
  return { 'step.approved', unpack(redis.call('HGETALL', KEYS[5])) }
end
local fact = activate_grant(KEYS[5], id, KEYS[6], KEYS[8], minutes, uses, grant[16], grant[17], ARGV[14])
redis.call('HSET', KEYS[5], 'decidedBy', ARGV[3], 'decidedByName', ARGV[20])
redis.call('ZREM', KEYS[7], id)
redis.call('ZREM', KEYS[12], id)
append_event(ARGV[15], ARGV[16], fact)
announce(ARGV[19])
return { 'approved', unpack(redis.call('HGETALL', KEYS[5])) }
