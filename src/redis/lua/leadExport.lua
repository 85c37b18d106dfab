-- Whose turn it is to send to one destination: one gateway at a time, for so long.
-- KEYS[5] turn  ARGV[3] who  ARGV[4] ms; 0: gives the turn up
-- Outcomes: 'mine' | 'other'
local holder = redis.call('GET', KEYS[5])
if ARGV[3] == '' or (holder and holder ~= ARGV[3]) then return { 'other' } end
if ARGV[4] == '0' then
  redis.call('DEL', KEYS[5])
  return { 'other' }
end
redis.call('SET', KEYS[5], ARGV[3], 'PX', ARGV[4])
return { 'mine' }
