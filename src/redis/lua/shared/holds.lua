-- What the scripts about holds have in common.

-- Why the person of this session may not answer for a hold now, as the word of the outcome; nil: they may. Somebody else than
-- its requester, in one of the groups that were asked; who they are and which groups they are in is read from their session.
-- `hold`: its principal, state, expiresAt, askedAt and approvers, as stored
local function why_not_answer(hold, approver, session_key, epoch)
  if hold.principal == approver then return 'own' end
  if hold.state ~= 'waiting' and hold.state ~= 'ready' then return hold.state end
  if now >= tonumber(hold.expiresAt) then return 'expired' end
  if not hold.askedAt then return 'not.asked' end
  local session = redis.call('HMGET', session_key, 'epoch', 'absoluteUntil', 'principal')
  if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return 'session.revoked' end
  local person = cjson.decode(session[3])
  if person.id ~= approver then return 'session.revoked' end
  local counts = {}
  for _, group in ipairs(cjson.decode(hold.approvers)) do counts[group] = true end
  for _, group in ipairs(person.groups) do
    if counts[group] then return nil end
  end
  return 'not.approver'
end
