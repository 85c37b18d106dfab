// The parts of the form that asks for access. They hold nothing: the dialog has the draft, what is wrong, and the rule.
import {
  Group,
  MultiSelect,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type AskRule, MINUTES } from '../../../../src/portal/contract/grants.ts';
import type { Me } from '../../../../src/portal/contract/me.ts';
import { type Draft, type Faults, type Offered, OTHER, type Start } from '../../lib/askForm.ts';
import { countOf, parseTargets } from '../../lib/targets.ts';
import { minutesInWords } from '../../lib/time.ts';

type Part = { draft: Draft; faults: Faults; rule: AskRule | null; change: (part: Partial<Draft>) => void };

export const WhatPart = ({
  draft,
  faults,
  change,
  consoles,
  offered,
}: Part & { consoles: Me['consoles']; offered: Offered }) => (
  <>
    <NativeSelect
      id="ask-console"
      label="Console"
      value={draft.console}
      onChange={(event) => change({ console: event.currentTarget.value })}
      data={consoles.map(({ id, name }) => ({ value: id, label: name }))}
      error={faults.console}
    />
    <MultiSelect
      id="ask-actions"
      label="What you want to do"
      value={[...draft.actions]}
      onChange={(actions) => change({ actions })}
      data={[
        ...offered.map(({ action, label }) => ({ value: action, label })),
        { value: OTHER, label: 'Another action…' },
      ]}
      searchable
      hidePickedOptions
      nothingFoundMessage="No such action. Choose “Another action…”."
      comboboxProps={{ transitionProps: { duration: 0 } }}
      error={draft.actions.includes(OTHER) ? undefined : faults.actions}
    />
    {draft.actions.includes(OTHER) ? (
      <TextInput
        id="ask-other"
        label="Name of the action"
        description="As the refusal named it, such as app.upload"
        value={draft.other}
        onChange={(event) => change({ other: event.currentTarget.value })}
        error={faults.actions}
        required
      />
    ) : null}
  </>
);

export const DevicesPart = ({ draft, faults, change }: Part) => {
  const narrow = useMediaQuery('(max-width: 26em)') ?? false;
  const { targets } = parseTargets(draft.devices);
  return (
    <Stack gap={8}>
      <SegmentedControl
        aria-label="On what"
        fullWidth
        orientation={narrow ? 'vertical' : 'horizontal'}
        value={draft.anything ? 'anything' : 'exact'}
        onChange={(value) => change({ anything: value === 'anything' })}
        data={[
          { value: 'exact', label: 'Exactly these' },
          { value: 'anything', label: 'Anything on this console' },
        ]}
      />
      {draft.anything ? (
        <div className="note note-look ask-wide" role="status">
          <IconAlertTriangle size={18} aria-hidden="true" />
          <Text size="sm">
            This covers every device of the console, and acts that name none. Approvers see that first, and seldom
            agree. Name the devices if you know them.
          </Text>
        </div>
      ) : (
        <>
          <Textarea
            id="ask-targets"
            label="Device ids"
            description="Typed or pasted, separated by commas, spaces or lines. You get access to exactly these."
            placeholder="For example d-0142"
            value={draft.devices}
            onChange={(event) => change({ devices: event.currentTarget.value })}
            autosize
            minRows={2}
            maxRows={6}
            error={faults.targets}
            required
          />
          <Text size="sm" c="dimmed" aria-live="polite">
            {countOf(targets)}
          </Text>
        </>
      )}
    </Stack>
  );
};

export const ReasonPart = ({ draft, faults, rule, change, focus }: Part & { focus: boolean }) => (
  <Group align="flex-start" gap="md">
    <Textarea
      id="ask-reason"
      label="Why"
      description={rule?.reason?.say ?? 'The approver decides by this.'}
      value={draft.reason}
      onChange={(event) => change({ reason: event.currentTarget.value })}
      autosize
      minRows={2}
      maxLength={500}
      error={faults.reason}
      required
      data-autofocus={focus ? true : undefined}
      flex="3 1 16rem"
    />
    <TextInput
      id="ask-ticket"
      label="Ticket"
      description={rule?.ticket?.say ?? 'If there is one.'}
      value={draft.ticket}
      maxLength={60}
      onChange={(event) => change({ ticket: event.currentTarget.value })}
      error={faults.ticket}
      required={rule?.ticket !== null && rule !== null}
      flex="1 1 9rem"
    />
  </Group>
);

const STARTS: { value: Start; label: string }[] = [
  { value: 'approval', label: 'As soon as it is approved' },
  { value: 'first.use', label: 'With the first use' },
  { value: 'later', label: 'At a time' },
];

export const TermsPart = ({ draft, faults, rule, change }: Part) => {
  const longest = rule?.longest ?? 480;
  const lengths = [
    ...new Set([...MINUTES.filter((n) => n <= longest), ...(rule === null ? [] : [longest]), draft.minutes]),
  ];
  return (
    <Group align="flex-start" gap="md">
      <NativeSelect
        id="ask-minutes"
        label="For"
        value={String(draft.minutes)}
        onChange={(event) => change({ minutes: Number(event.currentTarget.value) })}
        data={lengths.sort((a, b) => a - b).map((n) => ({ value: String(n), label: minutesInWords(n) }))}
        error={faults.minutes}
        flex="1 1 7rem"
      />
      <NumberInput
        id="ask-uses"
        label={rule === null ? 'Uses' : `Uses, up to ${rule.mostUses}`}
        value={draft.uses}
        min={1}
        max={rule?.mostUses ?? 100}
        allowDecimal={false}
        onChange={(value) => change({ uses: typeof value === 'number' ? value : 0 })}
        error={faults.uses}
        flex="1 1 7rem"
      />
      <NativeSelect
        label="Starts"
        value={draft.start}
        onChange={(event) => {
          const start = STARTS.find(({ value }) => value === event.currentTarget.value)?.value;
          if (start !== undefined) change({ start });
        }}
        data={STARTS}
        flex="2 1 12rem"
      />
      {draft.start === 'later' ? (
        <TextInput
          id="ask-startAt"
          type="datetime-local"
          label="Not before"
          description="Your time. At most 30 days ahead."
          value={draft.startAt}
          onChange={(event) => change({ startAt: event.currentTarget.value })}
          error={faults.startAt}
          required
          flex="1 1 100%"
        />
      ) : null}
    </Group>
  );
};
