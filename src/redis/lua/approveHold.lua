-- with: holds
-- Notes one other person's signature on a hold, made over the very digest that its own person signs; with the last one that is
-- needed the hold is ready. Who the approver is and which groups they are in is read from their session, not believed. Never
-- the requester, never one person twice, never a key of the requester or of an earlier approver under another name (trap 21).
-- KEYS[5] hold  KEYS[6] the session's waiting holds  KEYS[7] the inbox  KEYS[8] the approver's session
-- KEYS[9] the requester's passkeys
-- ARGV[3] approver, principal id  ARGV[4] their name  ARGV[5] the requester that KEYS[9] is of  ARGV[6] credential id
-- ARGV[7] its public key  ARGV[8] what a passkey's key begins with  ARGV[9] event  ARGV[10] its SHA-256  ARGV[11] announcement
-- Outcomes: 'approved' <the hold> | 'unknown' | 'own' | 'used' | 'cancelled' | 'denied' | 'expired' | 'not.asked'
--           | 'not.approver' | 'twice' | 'enough' | 'same.key' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local hold = redis.call('HMGET', KEYS[5], 'id', 'principal', 'state', 'expiresAt', 'epoch', 'askedAt', 'approvers',
  'approvals', 'needApprovals', 'needSigned', 'signedAt', 'signedCredential', 'signedKey')
if not hold[1] or hold[5] ~= epoch or hold[2] ~= ARGV[5] or ARGV[3] == '' then return { 'unknown' } end
local why = why_not_answer({ principal = hold[2], state = hold[3], expiresAt = hold[4], askedAt = hold[6], approvers = hold[7] },
  ARGV[3], KEYS[8], epoch)
if why then return { why } end
local approvals = cjson.decode(hold[8])
for _, approval in ipairs(approvals) do
  if approval.id == ARGV[3] then return { 'twice' } end
end
if #approvals >= tonumber(hold[9]) then return { 'enough' } end
if ARGV[6] == '' or ARGV[7] == '' or ARGV[6] == hold[12] or ARGV[7] == hold[13] then return { 'same.key' } end
for _, approval in ipairs(approvals) do
  if approval.credential == ARGV[6] or approval.key == ARGV[7] then return { 'same.key' } end
end
for _, credential in ipairs(redis.call('SMEMBERS', KEYS[9])) do
  if credential == ARGV[6] or redis.call('HGET', ARGV[8] .. credential, 'spki') == ARGV[7] then return { 'same.key' } end
end

local one = cjson.encode({ id = ARGV[3], name = ARGV[4], at = now, credential = ARGV[6], key = ARGV[7] })
-- Joined as text: cjson writes an empty list as an object.
local text = #approvals == 0 and '[' .. one .. ']' or string.sub(hold[8], 1, -2) .. ',' .. one .. ']'
local count = #approvals + 1
redis.call('HSET', KEYS[5], 'approvals', text, 'approvalCount', integer(count))
if count >= tonumber(hold[9]) then
  redis.call('ZREM', KEYS[7], hold[1])
  if hold[10] ~= '1' or hold[11] then
    redis.call('HSET', KEYS[5], 'state', 'ready')
    redis.call('ZREM', KEYS[6], hold[1])
  end
end
append_event(ARGV[9], ARGV[10], '{"approvals":' .. integer(count) .. '}')
announce(ARGV[11])
return { 'approved', unpack(redis.call('HGETALL', KEYS[5])) }
