// Search over everything that was done, refused and shown. The search stands in the address, so that it can be sent on.
import { Button, CopyButton, Group, Text } from '@mantine/core';
import { IconDownload, IconLink, IconSearch } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { searchFile } from '../../api/client.ts';
import { useSearch } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { LoadingCards, Nothing } from '../../components/Notes.tsx';
import { Page } from '../../components/Page.tsx';
import { plural } from '../../lib/plural.ts';
import { LookNote } from '../sessions/LookNote.tsx';
import { Help } from './Help.tsx';
import { type Group as Found, Results } from './Results.tsx';
import { SearchBox } from './SearchBox.tsx';
import '../sessions/sessions.css';
import './search.css';

/** A session that goes on over two pages is one. */
const joined = (groups: readonly Found[]): Found[] => {
  const bySession = new Map<string, Found>();
  for (const group of groups) {
    const before = bySession.get(group.session);
    bySession.set(group.session, before === undefined ? group : { ...before, hits: [...before.hits, ...group.hits] });
  }
  return [...bySession.values()];
};

export default function SearchPage() {
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get('q') ?? '';
  const found = useSearch(asked);
  const pages = found.data?.pages ?? [];
  const groups = joined(pages.flatMap((page) => page.groups));
  const count = groups.reduce((sum, group) => sum + group.hits.length, 0);
  const last = pages.at(-1);
  const search = (text: string): void => setParameters(text === '' ? {} : { q: text });
  return (
    <Page
      title="Search"
      lead="Everything that was done, refused and shown on a page. Searches are written down like looks at sessions."
      action={
        count === 0 ? undefined : (
          <Group gap="xs">
            <CopyButton value={window.location.href}>
              {({ copied, copy }) => (
                <Button variant="default" leftSection={<IconLink size={16} aria-hidden="true" />} onClick={copy}>
                  {copied ? 'Copied' : 'Copy link'}
                </Button>
              )}
            </CopyButton>
            <Button
              component="a"
              href={searchFile(asked)}
              download="sallyport-search.csv"
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden="true" />}
            >
              CSV
            </Button>
          </Group>
        )
      }
    >
      <SearchBox key={asked} asked={asked} onSearch={search} />
      {asked === '' ? <Help open onTry={search} /> : null}
      {asked !== '' && found.isPending ? <LoadingCards count={2} height={220} /> : null}
      {found.isError ? <LookNote error={found.error} retry={() => void found.refetch()} /> : null}
      {asked !== '' && last !== undefined && count === 0 && !found.hasNextPage ? (
        <Nothing icon={<IconSearch />} title="Nothing found">
          No act, refusal or page matches all of this. Leave a word out, or widen the time.
        </Nothing>
      ) : null}
      {groups.length > 0 ? <Results groups={groups} marks={pages[0]?.marks ?? []} /> : null}
      {last === undefined || asked === '' ? null : (
        <Group justify="space-between">
          <Text size="sm" c="dimmed" aria-live="polite">
            {count === 0
              ? ''
              : `${plural(count, 'finding')} in ${plural(groups.length, 'session')}${found.hasNextPage ? ' so far' : ''}`}
            {last.searchedTo !== null && found.hasNextPage ? (
              <>
                {count === 0 ? 'Searched' : ', searched'} back to <Moment at={last.searchedTo} as="clock" />
              </>
            ) : null}
          </Text>
          {found.hasNextPage ? (
            <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              {count === 0 ? 'Search further back' : 'Show more'}
            </Button>
          ) : null}
        </Group>
      )}
      {asked === '' ? null : <Help open={false} onTry={search} />}
    </Page>
  );
}
