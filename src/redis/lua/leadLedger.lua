-- Takes, keeps or gives up the lease of the one replica that seals the journal into the ledger; says how far both are.
-- KEYS[5] lease (string: the run that has it)  KEYS[6] ledger head (hash: size, seq, note)
-- ARGV[3] this run  ARGV[4] ms of the lease; 0: gives it up
-- Outcomes: 'leads' | 'follows', then <newest signed checkpoint, or ''> <last number of the journal> <last number that is sealed>
local leader = redis.call('GET', KEYS[5])
local word = 'follows'
if ARGV[3] ~= '' and (not leader or leader == ARGV[3]) then
  if ARGV[4] == '0' then
    redis.call('DEL', KEYS[5])
  else
    redis.call('SET', KEYS[5], ARGV[3], 'PX', ARGV[4])
    word = 'leads'
  end
end
local head = redis.call('HMGET', KEYS[6], 'note', 'seq')
return { word, head[1] or '', redis.call('HGET', KEYS[4], 'seq') or '0', head[2] or '0' }
