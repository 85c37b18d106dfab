// Freezes and budgets.
import { changes, created, json, reads } from '../api/endpoint.ts';
import { BudgetList, FreezeList, FreezeView, SetFreeze } from '../contract/freezes.ts';
import { Nothing } from '../contract/nouns.ts';

const tag = 'Freezes and budgets';

export const listFreezes = reads({
  name: 'listFreezes',
  path: '/api/freezes',
  tag,
  says: 'What is frozen now; everybody who is signed in is told.',
  answer: json(FreezeList),
});
export const setFreeze = changes({
  name: 'setFreeze',
  path: '/api/freezes',
  tag,
  says: 'Refuses acts until two people release them; needs a fresh step-up.',
  rights: ['freeze.change'],
  body: SetFreeze,
  answer: created(FreezeView),
  refuses: ['stepup.required', 'conflict'],
});
export const releaseFreeze = changes({
  name: 'releaseFreeze',
  path: '/api/freezes/:id/release',
  tag,
  says: 'One of the two releases that end a freeze; needs a fresh step-up.',
  rights: ['freeze.change'],
  body: Nothing,
  answer: json(FreezeView),
  refuses: ['stepup.required', 'conflict'],
});
export const listBudgets = reads({
  name: 'listBudgets',
  path: '/api/budgets',
  tag,
  says: "How much is left: of the caller's own budgets, and of those of the consoles that they may enter.",
  answer: json(BudgetList),
});
