// What the budget tests share: rules, hits, and a way to let time pass for what is counted (Redis's own clock cannot be moved,
// so everything that was counted is made older instead).
import type { Hit } from '../../src/access/budgets/weigh.ts';
import type { BudgetRule } from '../../src/kernel/accessRules.ts';
import type { Action } from '../../src/kernel/action.ts';
import type { TestRedis } from '../kit/redis.ts';

export const MINUTE = 60_000;

export const budget = (id: string, over: Partial<BudgetRule> = {}): BudgetRule => ({
  id,
  match: { consoles: ['*'], actions: ['*'], risks: ['low', 'high', 'destructive'] },
  per: 'admin',
  devices: 3,
  window: 60 * MINUTE,
  freezeAt: null,
  ask: 'the on-call lead',
  ...over,
});

const WIPE_ACT: Pick<Action, 'name' | 'risk'> = { name: 'device.wipe', risk: 'destructive' };
export const hit = (devices: readonly string[], extra = 0, action = WIPE_ACT): Hit => ({
  action,
  devices: devices.map((id) => `device:${id}`),
  extra,
});

const OLDER = `
for _, name in ipairs(redis.call('KEYS', '*budget-*')) do
  if redis.call('TYPE', name).ok == 'zset' then
    local list = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
    for i = 1, #list, 2 do redis.call('ZINCRBY', name, -ARGV[1], list[i]) end
  else
    local list = redis.call('HGETALL', name)
    for i = 1, #list, 2 do
      if list[i] ~= 'sum' and list[i] ~= 'tried' then
        local older = function(mark, at) return mark .. string.format('%.0f', math.max(0, at - ARGV[1])) end
        local text = string.gsub(string.gsub(list[i + 1], '^()(%d+)', function(_, at) return older('', at) end), '(;)(%d+)', older)
        redis.call('HSET', name, list[i], text)
      end
    end
  end
end
return 1`;

/** Makes everything that budgets have counted older by so many ms. */
export async function grownOlder({ client }: TestRedis, ms: number): Promise<void> {
  await client.command('EVAL', OLDER, 0, ms);
}
