// The screens are looked at with made-up data; what does not fit the contract would show screens that nobody will ever see.
import { describe, expect, it } from 'vitest';
import { me, ROLES } from '../../portal/dev/data.ts';
import { GRANTS, HOLDS, holdViewOf, viewOf } from '../../portal/dev/dataAccess.ts';
import { BUDGETS, FREEZES, NOTICES, OBSERVED, POLICY, reviewOf } from '../../portal/dev/dataOperate.ts';
import { LEGAL_HOLDS, legalHoldViewOf } from '../../portal/dev/mockEvidence.ts';
import { LegalHoldList } from '../../src/portal/contract/evidence.ts';
import { BudgetList, FreezeList } from '../../src/portal/contract/freezes.ts';
import { GrantPage } from '../../src/portal/contract/grants.ts';
import { HoldList } from '../../src/portal/contract/holds.ts';
import { Me } from '../../src/portal/contract/me.ts';
import { NoticeReport, ObservedReport, PolicyView } from '../../src/portal/contract/operate.ts';
import { ReviewPage } from '../../src/portal/contract/review.ts';

describe('the data that screens are looked at with', () => {
  it('fits the contract', () => {
    for (const name of Object.keys(ROLES)) expect(Me.safeParse(me(name)).error).toBeUndefined();
    const samples = [
      [GrantPage, { grants: GRANTS.map((grant) => viewOf(grant, 'grace')), next: null }],
      [HoldList, HOLDS.map((hold) => holdViewOf(hold, 'ada'))],
      [FreezeList, FREEZES],
      [BudgetList, BUDGETS],
      [ReviewPage, reviewOf(GRANTS, '')],
      [PolicyView, POLICY],
      [ObservedReport, OBSERVED],
      [NoticeReport, NOTICES],
      [LegalHoldList, LEGAL_HOLDS.map((hold) => legalHoldViewOf(hold, 'linus'))],
    ] as const;
    for (const [schema, content] of samples) expect(schema.safeParse(content).error).toBeUndefined();
  });
  it('shows the states that differ on screen', () => {
    expect(new Set(GRANTS.map(({ state }) => state))).toEqual(
      new Set(['asked', 'active', 'ended', 'denied', 'lapsed']),
    );
    expect(new Set(HOLDS.map(({ state }) => state)).size).toBe(6);
  });
});
