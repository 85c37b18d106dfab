-- The lease's holder tells of a checkpoint that is durable. A checkpoint never takes the place of one that covers more.
-- KEYS[5] lease  KEYS[6] ledger head (hash: size, seq, note)
-- ARGV[3] this run  ARGV[4] entries that it covers  ARGV[5] number of the last one in the journal  ARGV[6] the signed checkpoint
-- Outcomes: 'told' | 'follows'
if ARGV[3] == '' or redis.call('GET', KEYS[5]) ~= ARGV[3] then return { 'follows' } end
if tonumber(ARGV[4]) >= tonumber(redis.call('HGET', KEYS[6], 'size') or '0') then
  redis.call('HSET', KEYS[6], 'size', ARGV[4], 'seq', ARGV[5], 'note', ARGV[6])
end
return { 'told' }
