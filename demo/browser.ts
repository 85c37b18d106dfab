// Chromium for the tour and the tests: found like the set-up script finds it, kept from talking to the network, and with
// virtual authenticators (CDP WebAuthn) that every page of a person shares.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** @throws when there is none, with what to do */
export function findChromium(environment: { readonly [name: string]: string | undefined } = process.env): string {
  const folders = (environment.PATH ?? '').split(delimiter);
  const candidates = [
    environment.CHROMIUM ?? '',
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    ...ELSEWHERE,
  ];
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      if (candidate !== '') return candidate;
    } catch {
      // look on
    }
  }
  throw new Error('No Chromium was found: run `npm run setup -- --browser`, or set CHROMIUM to its path.');
}

export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...[
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    ],
  });

/** More than any tab signs. */
const AHEAD = 100;

/** The shim asks for a closed shadow root; automation has to look inside. */
const OPEN_SHADOW = `const own = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (init) { return own.call(this, { ...init, mode: 'open' }); };`;

export type Person = { readonly context: BrowserContext; readonly page: Page; close(): Promise<void> };

/**
 * A browser profile of one person with a passkey device of their own. A virtual authenticator belongs to a tab, so a new
 * tab (a pop-up too) gets one that knows what the others know.
 */
export async function newPerson(
  browser: Browser,
  look: { width?: number; height?: number; dark?: boolean; ignoreHTTPSErrors?: boolean } = {},
): Promise<Person> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
    colorScheme: look.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: look.ignoreHTTPSErrors === true,
  });
  context.setDefaultTimeout(15_000);
  await context.addInitScript(OPEN_SHADOW);
  let ahead = 0;
  const devices: { session: CDPSession; authenticatorId: string }[] = [];
  const equip = async (page: Page): Promise<void> => {
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    // Keys live on in the tabs that are still open; a counter may only grow, so the highest is the true one.
    const known = new Map<string, { signCount: number; credential: Parameters<typeof giveKey>[1] }>();
    for (const device of devices) {
      const { credentials } = await device.session
        .send('WebAuthn.getCredentials', { authenticatorId: device.authenticatorId })
        .catch(() => ({ credentials: [] }));
      for (const credential of credentials) {
        const before = known.get(credential.credentialId);
        if (!before || before.signCount < credential.signCount)
          known.set(credential.credentialId, { signCount: credential.signCount, credential });
      }
    }
    const device = { session, authenticatorId };
    const giveKey = (to: typeof device, credential: Credential) =>
      to.session.send('WebAuthn.addCredential', { authenticatorId: to.authenticatorId, credential });
    // What a tab that is closed by now has signed cannot be asked for: each new one starts well ahead.
    ahead += AHEAD;
    for (const { credential } of known.values())
      await giveKey(device, { ...credential, signCount: credential.signCount + ahead });
    devices.push(device);
    page.once('close', () => devices.splice(devices.indexOf(device), 1));
  };
  const equipped = new WeakMap<Page, Promise<void>>();
  context.on('page', (page) => equipped.set(page, equip(page)));
  const page = await context.newPage();
  await equipped.get(page);
  return { context, page, close: () => context.close() };
}

type Credential = Awaited<ReturnType<typeof credentialsOf>>[number];
const credentialsOf = async (session: CDPSession, authenticatorId: string) =>
  (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

/** Waits for the pop-up that `act` opens, and until its passkey device is there. */
export async function popUp(person: Person, act: () => Promise<void>): Promise<Page> {
  const [page] = await Promise.all([person.context.waitForEvent('page'), act()]);
  await page.waitForLoadState();
  return page;
}
