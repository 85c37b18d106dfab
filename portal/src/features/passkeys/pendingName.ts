// Adding a passkey may need a new sign-in first; what was begun is remembered for this tab, and only a name is stored.
const KEY = 'sallyport-adding-passkey';

export const rememberName = (name: string): void => sessionStorage.setItem(KEY, name);
export const wantsToAdd = (): boolean => sessionStorage.getItem(KEY) !== null;
export const pendingName = (): string | null => sessionStorage.getItem(KEY);
export const forgetName = (): void => sessionStorage.removeItem(KEY);

/** A name to start from, by what the browser says it runs on. */
export const suggestedName = (agent: string, taken: readonly string[]): string => {
  const device = /iPhone/.test(agent)
    ? 'My iPhone'
    : /iPad/.test(agent)
      ? 'My iPad'
      : /Android/.test(agent)
        ? 'My Android phone'
        : /Macintosh/.test(agent)
          ? 'My Mac'
          : /Windows/.test(agent)
            ? 'My Windows computer'
            : 'My computer';
  if (!taken.includes(device)) return device;
  for (let n = 2; ; n += 1) if (!taken.includes(`${device} ${n}`)) return `${device} ${n}`;
};
