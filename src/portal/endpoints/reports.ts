// Reports for auditors. Each is in the journal before the answer leaves.
import { z } from 'zod';
import { json, reads } from '../api/endpoint.ts';
import { ActivityReport, ApprovalsReport } from '../contract/reports.ts';
import { moment, optional, short } from './query.ts';

const tag = 'Reports';
const period = { from: optional(moment), to: optional(moment), person: optional(short), console: optional(short) };
const rights = ['access.review'] as const;
const refuses = ['journal.unavailable'] as const;

export const reportActivity = reads({
  name: 'reportActivity',
  path: '/api/reports/activity',
  tag,
  says: 'Who did what to which devices in a period (default: the last 30 days), summed up by person, device or action.',
  rights,
  query: z.object({ ...period, by: optional(z.enum(['person', 'device', 'action'])) }),
  answer: json(ActivityReport),
  refuses,
});
export const reportActivityCsv = reads({
  name: 'reportActivityCsv',
  path: '/api/reports/activity.csv',
  tag,
  says: 'Every act and refusal of a period as a file for spreadsheets; no cell of it is a formula.',
  rights,
  query: z.object(period),
  answer: { status: 200, type: 'text/csv', schema: null, file: 'activity.csv' },
  refuses,
});
export const reportApprovals = reads({
  name: 'reportApprovals',
  path: '/api/reports/approvals',
  tag,
  says: 'Who approved what, how fast, and what was denied (default: the last 30 days).',
  rights,
  query: z.object(period),
  answer: json(ApprovalsReport),
  refuses,
});
export const reportApprovalsCsv = reads({
  name: 'reportApprovalsCsv',
  path: '/api/reports/approvals.csv',
  tag,
  says: 'Every request of a period with its answers as a file for spreadsheets; no cell of it is a formula.',
  rights,
  query: z.object(period),
  answer: { status: 200, type: 'text/csv', schema: null, file: 'approvals.csv' },
  refuses,
});
