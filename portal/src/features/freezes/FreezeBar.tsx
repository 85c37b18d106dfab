// The red bar on every page while something is frozen: what, where, who, since when, why, and how far its release is.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconSnowflake } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FreezeView } from '../../../../src/portal/contract/freezes.ts';
import { withStepUp } from '../../api/ceremonies.ts';
import { sentencesOf } from '../../api/problems.ts';
import { keys, useApi, useFreezes } from '../../api/queries.ts';
import { Moment } from '../../components/Moment.tsx';
import { frozenBy, RELEASES, releasesSentence } from '../../lib/freezeWords.ts';
import './freezes.css';

const Frozen = ({ freeze }: { freeze: FreezeView }) => {
  const api = useApi();
  const client = useQueryClient();
  const release = useMutation({
    mutationFn: () => withStepUp(api, () => api.releaseFreeze(freeze.id), 'Nothing was released.'),
    onSuccess: (now) =>
      notifications.show({
        message: now.releases.length >= RELEASES ? `Released: ${now.title}.` : 'One more person must release it.',
      }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.freezes }),
  });
  const fault = release.isError ? sentencesOf(release.error) : null;
  return (
    <li className="frozen">
      <IconSnowflake size={20} aria-hidden="true" />
      <div className="frozen-text">
        <strong>{freeze.title}: frozen</strong>
        <div>
          {frozenBy(freeze)} <Moment at={freeze.since} as="relative" />. “{freeze.reason}”. {releasesSentence(freeze)}
          {freeze.whyNot === null ? '' : ` ${freeze.whyNot}`}
        </div>
        {fault === null ? null : (
          <div role="alert">
            <strong>{fault.title}.</strong> {fault.next}
          </div>
        )}
      </div>
      {freeze.may.release ? (
        <Button size="xs" className="frozen-release" loading={release.isPending} onClick={() => release.mutate()}>
          Release
        </Button>
      ) : null}
    </li>
  );
};

/** Nothing when nothing is frozen. Screen readers are told when something comes. */
export const FreezeBar = () => {
  const { data: freezes = [] } = useFreezes();
  return (
    <div aria-live="polite">
      {freezes.length === 0 ? null : (
        <ul className="frozen-bar" aria-label="Frozen acts">
          {freezes.map((freeze) => (
            <Frozen key={freeze.id} freeze={freeze} />
          ))}
        </ul>
      )}
    </div>
  );
};
