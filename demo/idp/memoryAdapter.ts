// Keeps the demo IdP's sessions, codes and grants in memory. Everything is gone at the end of the process, as wanted.
// Exists because oidc-provider announces its own built-in memory store on the terminal.

import type { Clock } from '../../src/kernel/clock.ts';

interface Stored {
  readonly payload: Record<string, unknown>;
  readonly expiresAt: number;
}

/** A storage class for oidc-provider's `adapter` setting; each call has its own empty store. */
export function createMemoryAdapter(clock: Clock) {
  const rows = new Map<string, Stored>();
  const indexes = new Map<string, string>();
  const members = new Map<string, Set<string>>();

  function read(key: string): Record<string, unknown> | undefined {
    const row = rows.get(key);
    if (row === undefined) return undefined;
    if (row.expiresAt <= clock.now()) {
      rows.delete(key);
      return undefined;
    }
    return row.payload;
  }

  return class MemoryAdapter {
    readonly model: string;
    constructor(model: string) {
      this.model = model;
    }

    async upsert(id: string, payload: Record<string, unknown>, expiresIn?: number): Promise<void> {
      const key = `${this.model}:${id}`;
      rows.set(key, {
        payload,
        expiresAt: expiresIn === undefined ? Number.POSITIVE_INFINITY : clock.now() + expiresIn * 1000,
      });
      if (typeof payload.uid === 'string') indexes.set(`${this.model}:uid:${payload.uid}`, key);
      if (typeof payload.userCode === 'string') indexes.set(`${this.model}:code:${payload.userCode}`, key);
      if (typeof payload.grantId === 'string') {
        const keys = members.get(payload.grantId) ?? new Set<string>();
        keys.add(key);
        members.set(payload.grantId, keys);
      }
    }

    async find(id: string): Promise<Record<string, unknown> | undefined> {
      return read(`${this.model}:${id}`);
    }

    async findByUid(uid: string): Promise<Record<string, unknown> | undefined> {
      const key = indexes.get(`${this.model}:uid:${uid}`);
      return key === undefined ? undefined : read(key);
    }

    async findByUserCode(code: string): Promise<Record<string, unknown> | undefined> {
      const key = indexes.get(`${this.model}:code:${code}`);
      return key === undefined ? undefined : read(key);
    }

    async consume(id: string): Promise<void> {
      const payload = read(`${this.model}:${id}`);
      if (payload !== undefined) payload.consumed = Math.floor(clock.now() / 1000);
    }

    async destroy(id: string): Promise<void> {
      rows.delete(`${this.model}:${id}`);
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      for (const key of members.get(grantId) ?? []) rows.delete(key);
      members.delete(grantId);
    }
  };
}
