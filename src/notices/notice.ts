// What is told to whom, before any channel has dressed it up. Texts of people and consoles stand here as they came: every
// channel passes them through text.ts and then its own escaping. Never holds a secret or a mail address.
import type { EventKind } from '../kernel/auditEvent.ts';

/** The events that people can be told of. */
export const NOTICE_EVENTS = [
  'grant.asked',
  'grant.step.approved',
  'grant.approved',
  'grant.denied',
  'grant.lapsed',
  'grant.ended',
  'grant.reminded',
  'grant.escalated',
  'hold.asked',
  'hold.reminded',
  'hold.approved',
  'hold.denied',
  'freeze.set',
  'freeze.released',
  'freeze.ended',
  'policy.rejected',
  'export.lagging',
  'export.skipped',
] as const satisfies readonly EventKind[];

export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** Whom it is for: people who may answer, the one who asked, those who run the gateway. */
export type Audience =
  | { readonly role: 'approvers'; readonly groups: readonly string[] }
  | { readonly role: 'requester'; readonly principal: string }
  | { readonly role: 'operators' };

export type Notice = {
  /** `<journal number>.<which of its notices>` */
  readonly id: string;
  readonly event: NoticeEvent;
  /** when it happened, ms */
  readonly at: number;
  readonly audience: Audience;
  readonly subject: { readonly kind: 'grant' | 'hold' | 'freeze' | 'policy' | 'export'; readonly id: string };
  /** one short sentence without a full stop: "Ada asks for access" */
  readonly headline: string;
  readonly who: string;
  /** "Wipe 3 devices" */
  readonly what: string;
  /** the console's name; '' for none or all */
  readonly where: string;
  /** the number always; names first, at most five of them; null when devices have no part in it */
  readonly devices: string | null;
  readonly why: string;
  readonly ticket: string;
  readonly until: { readonly label: string; readonly at: number } | null;
  /** the portal's page, a path */
  readonly path: string;
  /** ms that it may wait after the last message to the same place, so that bursts become one; 0: told at once */
  readonly patience: number;
  /** the same again within SAME_WITHIN is told once; '' when every one counts */
  readonly same: string;
  /** for an open question: it is not told any more once it is answered. For grants: the step that it waits for. */
  readonly open: { readonly step: number } | null;
};

/** A notice on its way to one place of one channel. `to`: a mail address; '' for channels that are one place. */
export type Item = { readonly to: string; readonly notice: Notice };

/** What a send came to. `later` may be tried again; `never` is refused for good. `why` names no address and no secret. */
export type Sent =
  | { readonly done: true; readonly answer: string }
  | { readonly done: false; readonly again: boolean; readonly why: string; readonly after?: number };

/** One parcel as a channel gets it. */
export type Parcel = {
  /** stays the same in every try: receivers tell repeats by it */
  readonly id: string;
  readonly to: string;
  readonly notices: readonly Notice[];
  /** notices that did not fit any more and are only counted */
  readonly more: number;
};

export type Channel = {
  readonly id: string;
  readonly kind: 'email' | 'slack' | 'teams' | 'webhook';
  /** true: addresses of people; false: the channel is one place */
  readonly personal: boolean;
  /** Sends within ten seconds or gives up. Never throws. */
  send(parcel: Parcel): Promise<Sent>;
};
