-- Stands in front of every script of this folder (scripts.ts joins them), so that a change of state and the audit event
-- that tells of it are one atomic step.
--
-- KEYS[1] epoch  KEYS[2] revision  KEYS[3] journal (stream)  KEYS[4] journal head (hash: seq, hash)   then the script's own keys
-- ARGV[1] the epoch that the caller believes in ('' for none)  ARGV[2] the channel for changes      then the script's own arguments
-- Outcomes of every script: 'epoch.changed' when ARGV[1] is not the stored epoch; else the script's own words.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function integer(n) return string.format('%.0f', n) end

-- SHA-256 (FIPS 180-4): Redis has only SHA-1 built in. Inputs here are a few hundred bytes.
local K = {}
do
  local primes, candidate = {}, 2
  while #primes < 64 do
    local prime = true
    for _, p in ipairs(primes) do
      if p * p > candidate then break end
      if candidate % p == 0 then prime = false break end
    end
    if prime then primes[#primes + 1] = candidate end
    candidate = candidate + 1
  end
  for i, p in ipairs(primes) do
    -- first 32 bits of the fractional part of the cube root; one Newton step keeps the last bits right in doubles
    local root = p ^ (1 / 3)
    root = root - (root * root * root - p) / (3 * root * root)
    K[i] = math.floor((root - math.floor(root)) * 4294967296)
  end
end

local band, bnot, bxor, ror, rshift, tobit = bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.tobit

local function sha256(text)
  local h0, h1, h2, h3 = 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a
  local h4, h5, h6, h7 = 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
  local length = #text
  local padded = text .. '\128' .. string.rep('\0', (55 - length) % 64) .. struct.pack('>I4I4', math.floor(length / 536870912), (length * 8) % 4294967296)
  local w = {}
  for chunk = 1, #padded, 64 do
    for i = 1, 16 do w[i] = struct.unpack('>I4', padded, chunk + (i - 1) * 4) end
    for i = 17, 64 do
      local a, b = w[i - 15], w[i - 2]
      local s0 = bxor(ror(a, 7), ror(a, 18), rshift(a, 3))
      local s1 = bxor(ror(b, 17), ror(b, 19), rshift(b, 10))
      w[i] = tobit(w[i - 16] + s0 + w[i - 7] + s1)
    end
    local a, b, c, d, e, f, g, h = h0, h1, h2, h3, h4, h5, h6, h7
    for i = 1, 64 do
      local s1 = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
      local choice = bxor(band(e, f), band(bnot(e), g))
      local t1 = h + s1 + choice + K[i] + w[i]
      local s0 = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
      local majority = bxor(band(a, b), band(a, c), band(b, c))
      h, g, f, e, d, c, b, a = g, f, e, tobit(d + t1), c, b, a, tobit(t1 + s0 + majority)
    end
    h0, h1, h2, h3 = tobit(h0 + a), tobit(h1 + b), tobit(h2 + c), tobit(h3 + d)
    h4, h5, h6, h7 = tobit(h4 + e), tobit(h5 + f), tobit(h6 + g), tobit(h7 + h)
  end
  local hex = bit.tohex
  return hex(h0) .. hex(h1) .. hex(h2) .. hex(h3) .. hex(h4) .. hex(h5) .. hex(h6) .. hex(h7)
end

-- Appends one event to the journal. `digest` is the SHA-256 of `event`, made by the caller; `fact` is what only this script
-- knows. Entry ids are `<seq>-0`, so a sequence number finds its entry at once.
local function append_event(event, digest, fact)
  local head = redis.call('HMGET', KEYS[4], 'seq', 'hash')
  local seq = tonumber(head[1] or '0') + 1
  local previous = head[2] or string.rep('0', 64)
  local hash = sha256(previous .. '\n' .. integer(seq) .. '\n' .. integer(now) .. '\n' .. digest .. '\n' .. fact)
  redis.call('XADD', KEYS[3], integer(seq) .. '-0', 'at', integer(now), 'event', event, 'digest', digest, 'fact', fact, 'hash', hash)
  redis.call('HSET', KEYS[4], 'seq', integer(seq), 'hash', hash)
  return integer(seq)
end

-- Every change that can take something away from somebody moves the revision: replicas that poll it drop what they cached.
-- `message` is one JSON object for those who listen; they get its revision with it, and so notice a message that was lost.
local function announce(message)
  local revision = redis.call('INCR', KEYS[2])
  redis.call('PUBLISH', ARGV[2], '{"revision":' .. integer(revision) .. ',' .. string.sub(message, 2))
end

if ARGV[1] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'epoch.changed' } end
