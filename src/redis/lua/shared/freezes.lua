-- Whether an act is frozen: the same rule as src/kernel/freeze.ts, asked in the very step that lets the act through, so that
-- a freeze set a millisecond before counts. Freezes are few (bounded by createFreezes). A freeze that cannot be read freezes
-- all. A freeze counts whatever epoch it was made in: data that was rolled back must not thaw anything.

local function name_fits(pattern, name)
  if pattern == '*' or pattern == name then return true end
  return string.sub(pattern, -2) == '.*' and string.sub(name, 1, #pattern - 1) == string.sub(pattern, 1, -2)
end

local function any_fits(patterns, name)
  for _, pattern in ipairs(patterns) do
    if name_fits(pattern, name) then return true end
  end
  return false
end

-- actions: list of { name, risk }. Answers the id of a freeze, or nil.
local function frozen_by(freezes, console, actions)
  local list = redis.call('HGETALL', freezes)
  for i = 1, #list, 2 do
    local read, freeze = pcall(cjson.decode, list[i + 1])
    local match = read and type(freeze) == 'table' and freeze.match
    for _, action in ipairs(actions) do
      if action[2] ~= 'read' and action[1] ~= 'console.login' and action[1] ~= 'console.logout' then
        if type(match) ~= 'table' or type(match.consoles) ~= 'table' or type(match.actions) ~= 'table' or type(match.risks) ~= 'table' then return list[i] end
        if any_fits(match.consoles, console) and any_fits(match.actions, action[1]) then
          for _, risk in ipairs(match.risks) do
            if risk == action[2] then return list[i] end
          end
        end
      end
    end
  end
  return nil
end
