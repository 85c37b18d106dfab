// The whole API of the portal, one line an operation. What is not here is not answered.

import * as evidence from '../endpoints/evidence.ts';
import * as exporting from '../endpoints/export.ts';
import * as freezes from '../endpoints/freezes.ts';
import * as grants from '../endpoints/grants.ts';
import * as holds from '../endpoints/holds.ts';
import * as me from '../endpoints/me.ts';
import * as operate from '../endpoints/operate.ts';
import * as passkeys from '../endpoints/passkeys.ts';
import * as replay from '../endpoints/replay.ts';
import * as reports from '../endpoints/reports.ts';
import * as review from '../endpoints/review.ts';
import * as search from '../endpoints/search.ts';
import * as sessions from '../endpoints/sessions.ts';
import type { Endpoint } from './endpoint.ts';

export const ENDPOINTS: readonly Endpoint[] = [
  exporting,
  me,
  passkeys,
  grants,
  holds,
  freezes,
  reports,
  review,
  sessions,
  search,
  replay,
  evidence,
  operate,
].flatMap((group): readonly Endpoint[] => Object.values(group));
