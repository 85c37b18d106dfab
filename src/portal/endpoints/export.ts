// How far the export is. What the events say leaves by the destinations only.
import { json, reads } from '../api/endpoint.ts';
import { ExportReport } from '../contract/export.ts';

export const readExport = reads({
  name: 'readExport',
  path: '/api/export',
  tag: 'Operating',
  says: 'How far each destination of the export is, and why the last try failed where it did.',
  rights: ['policy.view'],
  answer: json(ExportReport),
});
