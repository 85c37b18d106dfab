// Who has had which access over a period, used or not. What nobody used stands out: it could be asked for less, or not at all.
import { Anchor, Button, Group, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDownload, IconListSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { type ReviewFilter, reviewFile } from '../../api/client.ts';
import { useReview } from '../../api/queries.ts';
import { Figures } from '../../components/Figures.tsx';
import { ErrorNote, LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { now } from '../../lib/now.ts';
import { useParameters } from '../../lib/parameters.ts';
import { periodFrom } from '../../lib/period.ts';
import { plural } from '../../lib/plural.ts';
import { dayOf } from '../../lib/time.ts';
import { ReviewFilterBar } from './ReviewFilterBar.tsx';
import { ReviewCards, ReviewTable } from './ReviewRows.tsx';
import './review.css';

/** The period that is shown when none is chosen. */
const DAYS = 30;

const Downloads = ({ filter }: { filter: ReviewFilter }) => (
  <Group gap="xs">
    {(['csv', 'json'] as const).map((as) => (
      <Button
        key={as}
        component="a"
        href={reviewFile(as, filter)}
        download={`sallyport-access-review.${as}`}
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden="true" />}
      >
        {as.toUpperCase()}
      </Button>
    ))}
  </Group>
);

export default function ReviewPage() {
  const { parameters, change } = useParameters();
  // The default period must not move while the page is open: each move would be another question.
  const [opened] = useState(now);
  const { from, to, fromDay, toDay } = periodFrom(parameters, opened, DAYS);
  const person = parameters.get('person') ?? '';
  const console = parameters.get('console') ?? '';
  const filter: ReviewFilter = { from, to, person, console };
  const review = useReview(filter);
  const narrow = useMediaQuery('(max-width: 62em)') ?? false;
  const all = review.data?.pages.flatMap((page) => page.rows) ?? [];
  const sums = review.data?.pages[0]?.sums;
  const keptFrom = review.data?.pages[0]?.keptFrom ?? 0;
  return (
    <Page
      title="Access review"
      lead="Who has had which access, who approved it, and whether it was used."
      action={<Downloads filter={filter} />}
    >
      <ReviewFilterBar
        values={{ fromDay, toDay, person, console }}
        people={[...new Set(all.map(({ holder }) => holder.name))].sort()}
        onChange={change}
      />
      {review.isPending ? <LoadingCards count={1} height={320} /> : null}
      {review.isError ? <ErrorNote error={review.error} retry={() => void review.refetch()} /> : null}
      {Number(from) < keptFrom ? (
        <div className="note note-look" role="status">
          <Text size="sm">
            Accesses that were asked for before {dayOf(keptFrom)} and are over do not appear here any more. The
            approvals in{' '}
            <Anchor component={Link} to="/reports" inherit underline="always">
              Reports
            </Anchor>{' '}
            come from the whole journal.
          </Text>
        </div>
      ) : null}
      {sums === undefined ? null : (
        <Figures
          look="Never used"
          figures={[
            ['Asked', sums.asked],
            ['Approved', sums.approved],
            ['Denied', sums.denied],
            ['By a rule', sums.automatic],
            ['Never used', sums.unused],
          ]}
        />
      )}
      {review.data !== undefined && all.length === 0 ? (
        <Nothing icon={<IconListSearch />} title="No access in this period">
          Every request for access appears here, with its answer and its use. Choose a longer period, or another person.
        </Nothing>
      ) : null}
      {all.length > 0 ? (
        <div className={review.isPlaceholderData ? 'review-old' : undefined}>
          {narrow ? <ReviewCards rows={all} /> : <ReviewTable rows={all} />}
          <Text size="sm" c="dimmed" mt="sm" aria-live="polite">
            {plural(all.length, 'request')}
            {review.hasNextPage ? ' so far' : ''}
          </Text>
        </div>
      ) : null}
      {review.hasNextPage ? (
        <Button variant="default" loading={review.isFetchingNextPage} onClick={() => void review.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Page>
  );
}
