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
-- Its constants (4.2.2) stand as numbers: finding them anew cost every script more than most scripts do.
local K = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

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
