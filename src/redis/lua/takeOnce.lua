-- Takes what putOnce kept, so that nobody takes it again. Of two at the same moment exactly one gets it.
-- KEYS[5] where
-- Outcomes: 'taken' <what> | 'gone': never there, taken before, too late, or kept under another epoch
local kept = redis.call('HMGET', KEYS[5], 'value', 'ends', 'epoch')
redis.call('DEL', KEYS[5])
if not kept[1] or not kept[2] then return { 'gone' } end
if now >= tonumber(kept[2]) or kept[3] ~= ARGV[1] then return { 'gone' } end
return { 'taken', kept[1] }
