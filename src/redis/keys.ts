// Every Redis key of the product. One hash tag per deployment, so that any set of them is one slot and one atomic script.

export type Keys = ReturnType<typeof createKeys>;

/** @param deployment the deployment's name: letters, digits, dash */
export function createKeys(deployment: string) {
  const key = (...parts: string[]): string => `sallyport:{${deployment}}:${parts.join(':')}`;
  return {
    /** string: id of this life of the data; everything names the epoch that it was made in */
    epoch: key('epoch'),
    /** counter: moves with every change that may take something away */
    revision: key('revision'),
    /** stream of audit events, ids `<seq>-0` */
    journal: key('journal'),
    /** hash: seq, hash of the last entry */
    journalHead: key('journal-head'),
    /** string: the run of the replica that seals the journal into the ledger */
    ledgerLease: key('ledger-lease'),
    /** hash: size, seq, note: the newest checkpoint that a replica told of */
    ledgerHead: key('ledger-head'),
    /** pub/sub channel of changes */
    changes: key('changes'),
    /** hash: one session */
    session: (id: string) => key('session', id),
    /** string: what a cookie's digest stands for, `{session, origin}` */
    token: (digest: string) => key('token', digest),
    /** set: digests of a session's tokens */
    sessionTokens: (id: string) => key('session-tokens', id),
    /** hash: a session's pages on a console whose look is recorded, by page id (lua/touchPage.lua) */
    pages: (sessionId: string, console: string) => key('pages', sessionId, console),
    /** sorted set by start time: ids of live sessions */
    sessions: key('sessions'),
    /** string, single use: a login under way, by digest of its state */
    login: (digest: string) => key('login', digest),
    /** string, single use: a hand-off code, by its digest */
    handoff: (digest: string) => key('handoff', digest),
    /** string, single use: a WebAuthn challenge with what it was made for */
    challenge: (challenge: string) => key('challenge', challenge),
    /** hash: one passkey, by credential id */
    passkey: (credentialId: string) => key('passkey', credentialId),
    /** set: credential ids of a person */
    passkeysOf: (principalId: string) => key('passkeys-of', principalId),
    /** hash: one grant */
    grant: (id: string) => key('grant', id),
    /** sorted set by time of asking: ids of a person's grants */
    grantsOf: (principalId: string) => key('grants-of', principalId),
    /** sorted set by deadline (end of waiting, then end of access): ids of grants that wait for an answer or are active */
    grantsOpen: key('grants-open'),
    /** sorted set by end of waiting: ids of a person's unanswered asks */
    asksOf: (principalId: string) => key('asks-of', principalId),
    /** sorted set by end of access: ids of a person's active grants */
    activeOf: (principalId: string) => key('active-of', principalId),
    /** sorted set by the moment of the next reminder or escalation: ids of grants that wait for an answer */
    grantCalls: key('grant-calls'),
    /** sorted set by time of asking: ids of all grants */
    grants: key('grants'),
    /** hash: one hold */
    hold: (id: string) => key('hold', id),
    /** sorted set by expiry: ids of a session's holds that wait for a signature */
    holdsOf: (sessionId: string) => key('holds-of', sessionId),
    /** sorted set by expiry: ids of holds that other people were asked to sign */
    holdsAsked: key('holds-asked'),
    /** sorted set by the moment of the reminder: ids of holds that other people were asked to sign */
    holdCalls: key('hold-calls'),
    /** sorted set by time of asking: ids of the holds that a person asked others to sign */
    holdsAskedOf: (principalId: string) => key('holds-asked-of', principalId),
    /** sorted set: devices that an admin or a console has hit within a budget's window, by last hit */
    budgetHits: (rule: string, per: string, subject: string) => key('budget-hits', rule, per, subject),
    /** sorted set: `<number>:<exchange>` of acts on devices without ids, by time */
    budgetMany: (rule: string, per: string, subject: string) => key('budget-many', rule, per, subject),
    /** hash: sums of the two `many`, and the hits per device that are not settled */
    budgetOpen: (rule: string, per: string, subject: string) => key('budget-open', rule, per, subject),
    /** sorted sets: the same of what was tried, also in vain; they trip the breaker */
    budgetTried: (rule: string, per: string, subject: string) => key('budget-tried', rule, per, subject),
    budgetTriedMany: (rule: string, per: string, subject: string) => key('budget-tried-many', rule, per, subject),
    /** string: what an act took out of budgets, until it is settled */
    actReserved: (exchange: string) => key('act-reserved', exchange),
    /** hash: freezes in force, JSON by id */
    freezes: key('freezes'),
    /** hash: who has released a freeze so far, JSON list by its id */
    freezeReleases: key('freeze-releases'),
    /** string: a person's own mail address, for notices only; ends by itself */
    mailOf: (principalId: string) => key('mail-of', principalId),
    /** string: number of the last journal entry that notices were made of */
    noticesAt: key('notices-at'),
    /** string: which gateway sends notices at the moment */
    noticesTurn: key('notices-turn'),
    /** sorted set by when it is due: boxes of a channel (one a place) that gather notices */
    noticeBoxes: (channel: string) => key('notice-boxes', channel),
    /** list: notices that gather for one place; `:more` counter of what did not fit, `:sent` last message, `:open` parcel on its way */
    noticeBox: (box: string) => key('notice-box', box),
    /** sorted set by when the next try is due: parcels of a channel */
    noticeParcels: (channel: string) => key('notice-parcels', channel),
    /** hash: one parcel; `:items` the list of what is in it */
    noticeParcel: (id: string) => key('notice-parcel', id),
    /** sorted set by time: parcels that were given up */
    noticesDead: key('notices-dead'),
    /** hash: messages sent, by channel */
    noticeCounts: key('notice-counts'),
    /** string: this was told to that place already */
    noticeSeen: (digest: string) => key('notice-seen', digest),
    /** string: which gateway sends events to a destination at the moment */
    exportTurn: (destination: string) => key('export-turn', destination),
    /** hash: seq of the last journal entry that a destination has got (or that was left out), how it goes */
    exportCursor: (destination: string) => key('exportCursor', destination),
    /** hash: legal holds in force, JSON by id */
    legalHolds: key('legal-holds'),
    /** counter: moves with every legal hold that is set or ends */
    legalHoldsMark: key('legal-holds-mark'),
    /** hash: the first of two words that a legal hold may end, JSON by its id */
    legalHoldReleases: key('legal-hold-releases'),
    /** hash: deletions of recordings that were begun and not finished, JSON by session */
    deletions: key('deletions'),
    /** string: why a login looks at a recorded session; ends by itself */
    viewReason: (sessionId: string, viewed: string) => key('view-reason', sessionId, viewed),
    /** hash: one committed act (what it used, whether it is settled), by exchange id */
    act: (exchange: string) => key('act', exchange),
  } as const;
}
