// What the documented answers of each console hold that is secret: by the packs that we ship, none of it is recorded.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answerText, secretsOf } from '../../src/audit/recording/answerText.ts';
import { readTarget } from '../../src/proxy/canonical/target.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser } from '../../src/proxy/recognise/recognise.ts';
import { bodyOf } from '../../src/proxy/recognise/samples.ts';

const recogniser = createRecogniser(loadPacks(join(import.meta.dirname, '../../config/packs')));
const SECRET = 'Zq7Kx9VmT3bW';
const UUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const profile = Buffer.from(
  `<plist><dict><key>PayloadType</key><string>com.apple.wifi.managed</string><key>Password</key><string>${SECRET}</string></dict></plist>`,
).toString('base64');

async function recorded(pack: string, url: string, answer: unknown): Promise<{ text: string | null; action: string }> {
  const target = readTarget(url, recogniser.allowances(pack));
  if (!target.go) throw new Error(`${pack} ${url}: ${target.detail}`);
  const console = { id: 'mdm', name: 'MDM', origin: 'http://a', upstream: 'http://b', pack, shim: false } as const;
  const found = await recogniser.recognise(
    {
      ...target.value,
      ...{ id: 'exc_test', at: 0, door: 'request', peer: '127.0.0.1', method: 'GET', navigation: false },
      console: { ...console, mode: 'enforce', zone: 'UTC' },
      headers: pack === 'workspace-one' ? [['accept', 'application/json;version=1']] : [],
      bodyLength: 0,
    },
    bodyOf(Buffer.alloc(0)),
  );
  if (!found.go) throw new Error(`${pack} ${url}: ${found.detail}`);
  const { action } = found.value;
  const bytes = Buffer.from(JSON.stringify(answer));
  const kept = await answerText({ type: 'application/json', encoding: '', bytes }, bytes.length, secretsOf(action));
  return { text: kept.text, action: action.name };
}

const FLEET = '/api/v1/fleet';
const GRAPH = '/beta/deviceManagement';
test.each<[pack: string, url: string, answer: unknown]>([
  ['fleet', `${FLEET}/hosts/7/encryption_key`, { host_id: 7, encryption_key: { key: SECRET } }],
  ['fleet', `${FLEET}/hosts/7/recovery_lock_password`, { host_id: 7, recovery_lock_password: { password: SECRET } }],
  ['fleet', `${FLEET}/hosts/7/device_url`, { url: `https://fleet.example/device/${SECRET}` }],
  ['fleet', `${FLEET}/spec/enroll_secret`, { spec: { secrets: [{ secret: SECRET }] } }],
  ['fleet', `${FLEET}/teams`, { teams: [{ id: 1, secrets: [{ secret: SECRET, team_id: 1 }] }] }],
  ['fleet', `${FLEET}/certificate_authorities/1`, { id: 1, type: 'custom_scep_proxy', challenge: SECRET }],
  [
    'fleet',
    `${FLEET}/config`,
    { integrations: { jira: [{ api_token: SECRET }] }, smtp_settings: { password: SECRET } },
  ],
  ['jamf-pro', '/api/v1/computers-inventory/7/filevault', { computerId: '7', personalRecoveryKey: SECRET }],
  ['jamf-pro', '/api/v1/computers-inventory/7/view-recovery-lock-password', { recoveryLockPassword: SECRET }],
  ['jamf-pro', `/api/v2/local-admin-password/${UUID}/account/admin/password`, { password: SECRET }],
  ['jamf-pro', '/api/v1/sso/failover', { failoverUrl: `https://jamf.example/?failover=${SECRET}` }],
  [
    'jamf-pro',
    '/api/v1/computers-inventory-detail/7',
    { extensionAttributes: [{ name: 'FileVault Recovery Key', values: [SECRET] }] },
  ],
  [
    'jamf-pro',
    '/JSSResource/mobiledevices/id/7',
    { mobile_device: { security: { activation_lock_bypass_code: SECRET } } },
  ],
  ['intune', `${GRAPH}/managedDevices/${UUID}/getFileVaultKey()`, { value: SECRET }],
  ['intune', `${GRAPH}/managedDevices/${UUID}/retrieveRecoveryLockPasscode()`, { value: SECRET }],
  ['intune', `/v1.0/informationProtection/bitlocker/recoveryKeys/${UUID}?$select=key`, { id: UUID, key: SECRET }],
  [
    'intune',
    `/v1.0/directory/deviceLocalCredentials/${UUID}?$select=credentials`,
    { credentials: [{ passwordBase64: SECRET }] },
  ],
  ['intune', `${GRAPH}/managedDevices/${UUID}`, { id: UUID, activationLockBypassCode: SECRET }],
  ['intune', `${GRAPH}/deviceConfigurations/${UUID}`, { payload: profile, preSharedKey: SECRET }],
  [
    'intune',
    `${GRAPH}/androidDeviceOwnerEnrollmentProfiles/${UUID}`,
    { tokenValue: SECRET, qrCodeContent: SECRET, qrCodeImage: { value: SECRET } },
  ],
  ['iru', `/api/v1/devices/${UUID}/secrets/filevaultkey`, { key: SECRET }],
  ['iru', `/api/v1/devices/${UUID}/secrets/bypasscode`, { user_based_albc: SECRET, device_based_albc: SECRET }],
  ['iru', `/api/v1/devices/${UUID}/secrets/unlockpin`, { pin: SECRET }],
  ['iru', `/api/v1/blueprints/${UUID}`, { id: UUID, enrollment_code: { code: SECRET, is_active: true } }],
  ['micromdm', '/v1/dep-tokens', { dep_tokens: [{ consumer_key: SECRET, access_secret: SECRET }] }],
  [
    'simplemdm',
    '/api/v1/devices/7',
    { data: { attributes: { filevault_recovery_key: SECRET, firmware_password: SECRET } } },
  ],
  [
    'simplemdm',
    '/api/v1/enrollments/7',
    { data: { attributes: { url: `https://a.simplemdm.com/enroll/?c=${SECRET}` } } },
  ],
  [
    'simplemdm',
    '/api/v1/enrollments',
    { data: [{ attributes: { url: `https://a.simplemdm.com/enroll/?c=${SECRET}` } }] },
  ],
  ['workspace-one', `/api/mdm/devices/${UUID}/bitlocker/recoveryKey/${UUID}`, { recovery_key: SECRET }],
  ['workspace-one', `/api/mdm/groups/${UUID}/enrollment-tokens`, { tokens: [{ token: SECRET }] }],
  ['workspace-one', `/api/system/v2/groups/${UUID}/api-keys`, { services: [{ name: 'rest', value: SECRET }] }],
  [
    'headwind',
    '/rest/private/configurations/7',
    { data: { password: SECRET, wifiPassword: SECRET, qrCodeKey: SECRET } },
  ],
  ['meshcentral', '/x?a=1', { authCookie: SECRET, passRequirements: null, loginCookie: SECRET }],
])('%s: %s', async (pack, url, answer) => {
  const { text } = await recorded(pack, url, answer);
  expect(text ?? '').not.toContain(SECRET);
});

test('an answer that is no secret is recorded, or these would all be true of nothing', async () => {
  const { text, action } = await recorded('fleet', `${FLEET}/hosts`, { hosts: [{ id: 7, hostname: 'mac-7' }] });
  expect([action, text]).toEqual(['device.read', '{"hosts":[{"id":7,"hostname":"mac-7"}]}']);
});
