// Access review: who has had which access, used or not. Every look is in the journal before the first byte leaves; files are
// written as they are read, so that a year of history stands in memory nowhere.
import { Router } from 'express';
import type { GrantReview, ReviewQuery } from '../../access/grants/review.redis.ts';
import type { Session } from '../../kernel/session.ts';
import { download } from '../api/download.ts';
import { serve, serveStream } from '../api/serve.ts';
import type { Describe } from '../consoleWords.ts';
import { ReviewFile, ReviewRow } from '../contract/review.ts';
import { reviewAccess, reviewAccessCsv, reviewAccessJson } from '../endpoints/review.ts';
import { REVIEW_HEAD, reviewLine, reviewRow } from '../reviewRow.ts';
import type { Told } from '../told.ts';

export type ReviewRouteDeps = {
  readonly grants: GrantReview;
  readonly describe: Describe;
  readonly told: Told;
  /** Redis's */
  readonly clock: { now(): number };
};

/** ms; the period when none is given */
const QUARTER = 90 * 24 * 3_600_000;

type Wish = Partial<{ [K in keyof ReviewQuery]: ReviewQuery[K] | undefined }>;

export function reviewRoutes({ grants, describe, told, clock }: ReviewRouteDeps): Router {
  const router = Router();

  const periodOf = ({ from, to = Math.floor(clock.now()), person, console }: Wish): ReviewQuery => ({
    from: from ?? Math.max(0, to - QUARTER),
    to,
    ...(person === undefined ? {} : { person }),
    ...(console === undefined ? {} : { console }),
  });
  const tell = (by: { readonly session: Session }, { from, to, person, console }: ReviewQuery, form: string) =>
    told(by, 'access.reviewed', { from, to, person, console, form });

  serve(router, reviewAccess, async (call) => {
    const { cursor = null, ...wish } = call.query;
    const period = periodOf(wish);
    const [{ rows, next }, sums] = await Promise.all([grants.review(period, cursor), grants.reviewSums(period)]);
    await tell(call, period, cursor === null ? 'page' : 'further page');
    return { rows: rows.map((row) => reviewRow(describe, row)), next, sums, keptFrom: grants.keptFrom() };
  });

  /** Nothing that its schema does not know leaves here either. */
  async function* rowsOf(period: ReviewQuery): AsyncIterable<ReviewRow> {
    for await (const row of grants.reviewAll(period)) yield ReviewRow.parse(reviewRow(describe, row));
  }

  async function* csv(period: ReviewQuery): AsyncIterable<string> {
    // The mark tells spreadsheets that it is UTF-8.
    yield `\ufeff${REVIEW_HEAD}`;
    for await (const row of rowsOf(period)) yield reviewLine(row);
  }
  async function* json(period: ReviewQuery): AsyncIterable<string> {
    yield `{"from":${period.from},"to":${period.to},"keptFrom":${grants.keptFrom()},"rows":[`;
    let first = true;
    for await (const row of rowsOf(period)) {
      yield `${first ? '' : ','}\n${JSON.stringify(row)}`;
      first = false;
    }
    const sums = ReviewFile.shape.sums.parse(await grants.reviewSums(period));
    yield `\n],"sums":${JSON.stringify(sums)}}\n`;
  }

  serveStream(router, reviewAccessCsv, async (call) => {
    const period = periodOf(call.query);
    await tell(call, period, 'csv');
    await download(call.res, reviewAccessCsv.answer, csv(period));
  });
  serveStream(router, reviewAccessJson, async (call) => {
    const period = periodOf(call.query);
    await tell(call, period, 'json');
    await download(call.res, reviewAccessJson.answer, json(period));
  });
  return router;
}
