-- Takes or keeps the lease of the one replica that seals the journal into the ledger.
-- KEYS[5] lease (string: the run that has it)  KEYS[6] ledger head (hash: size, seq, note)
-- ARGV[3] this run  ARGV[4] ms of the lease
-- Outcomes: 'leads' <newest signed checkpoint, or ''> | 'follows'
local leader = redis.call('GET', KEYS[5])
if ARGV[3] == '' or (leader and leader ~= ARGV[3]) then return { 'follows' } end
redis.call('SET', KEYS[5], ARGV[3], 'PX', ARGV[4])
return { 'leads', redis.call('HGET', KEYS[6], 'note') or '' }
