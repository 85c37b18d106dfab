-- Takes what a channel must send next, and hides it until it is settled or the sender is given up: a try that waits, or else a
-- box whose time has come, sealed into a parcel. While a parcel of a box is on its way the box goes on gathering, so that a
-- broken channel costs one try at a time however much is said.
-- KEYS[5] the channel's parcels  KEYS[6] its boxes
-- ARGV[3] what a parcel's keys begin with  ARGV[4] what a box's keys begin with  ARGV[5] id for a new parcel
-- ARGV[6] ms until a sender that says nothing is given up  ARGV[7] the channel
-- Outcomes: 'parcel' <id> <tries> <made, ms> <more> <item>... | 'nothing' <ms when something is due, or ''>
local function taken(id)
  local key = ARGV[3] .. id
  redis.call('ZADD', KEYS[5], integer(now + tonumber(ARGV[6])), id)
  local tries = redis.call('HINCRBY', key, 'tries', 1)
  local row = redis.call('HMGET', key, 'at', 'more')
  local answer = { 'parcel', id, integer(tries), row[1] or '0', row[2] or '0' }
  for _, item in ipairs(redis.call('LRANGE', key .. ':items', 0, -1)) do answer[#answer + 1] = item end
  return answer
end

local waiting = redis.call('ZRANGE', KEYS[5], '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, 1)
if waiting[1] then return taken(waiting[1]) end

for _, box in ipairs(redis.call('ZRANGE', KEYS[6], '-inf', integer(now), 'BYSCORE', 'LIMIT', 0, 50)) do
  local from = ARGV[4] .. box
  local open = redis.call('GET', from .. ':open')
  if open and redis.call('EXISTS', ARGV[3] .. open) == 1 then
    redis.call('ZADD', KEYS[6], integer(now + 1000), box)
  else
    redis.call('ZREM', KEYS[6], box)
    if redis.call('EXISTS', from) == 1 then
      local key = ARGV[3] .. ARGV[5]
      redis.call('RENAME', from, key .. ':items')
      redis.call('HSET', key, 'channel', ARGV[7], 'box', box, 'at', integer(now), 'tries', 0,
        'more', redis.call('GET', from .. ':more') or '0')
      redis.call('DEL', from .. ':more')
      redis.call('SET', from .. ':open', ARGV[5])
      return taken(ARGV[5])
    end
  end
end

local due
for _, key in ipairs({ KEYS[5], KEYS[6] }) do
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if first[2] and (not due or tonumber(first[2]) < due) then due = tonumber(first[2]) end
end
return { 'nothing', due and integer(due) or '' }
