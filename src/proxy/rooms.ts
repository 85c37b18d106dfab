// How much each of many may still send: so much at once, and so much per second after that. Memory is bounded: whoever was heard
// of longest ago is forgotten first, and then has all of its room again.
const MOST = 20_000;

export type Rooms = {
  /** Whether so much fits now; nothing is taken. */
  fits(key: string, amount: number): boolean;
  /** Takes so much when it fits; false: nothing was taken. */
  take(key: string, amount: number): boolean;
};

/** @param now ms, of a clock that never jumps */
export function createRooms(now: () => number, burst: number, perSecond: number, most = MOST): Rooms {
  const rooms = new Map<string, { left: number; filledAt: number }>();
  const roomOf = (key: string) => {
    const at = now();
    const room = rooms.get(key) ?? { left: burst, filledAt: at };
    rooms.delete(key);
    rooms.set(key, room);
    for (const oldest of rooms.keys()) {
      if (rooms.size <= most) break;
      rooms.delete(oldest);
    }
    room.left = Math.min(burst, room.left + ((at - room.filledAt) / 1000) * perSecond);
    room.filledAt = at;
    return room;
  };
  return {
    fits: (key, amount) => roomOf(key).left >= amount,
    take(key, amount) {
      const room = roomOf(key);
      if (room.left < amount) return false;
      room.left -= amount;
      return true;
    },
  };
}
