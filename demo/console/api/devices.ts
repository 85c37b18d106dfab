// The device API: what the gateway's pack has to recognise. Every change needs the session's CSRF token (checked
// before a handler runs, see server.ts).

import { answerJson, RequestFault, readJson, textField } from '../answer.ts';
import type { Device, DeviceCommand, Profile } from '../model.ts';
import type { Call, Route } from '../route.ts';
import type { ConsoleState } from '../state.ts';

const DONE: Record<DeviceCommand, string> = {
  lock: 'Lock command sent to',
  wipe: 'Wipe command sent to',
  retire: 'Retire command sent to',
};
const MAX_PAGE_SIZE = 500;

function isCommand(value: unknown): value is DeviceCommand {
  return value === 'lock' || value === 'wipe' || value === 'retire';
}

function numberParam(url: URL, name: string, fallback: number, max: number): number {
  const value = Number(url.searchParams.get(name) ?? fallback);
  return Number.isInteger(value) && value >= 1 && value <= max ? value : fallback;
}

export function createDeviceApi(state: ConsoleState): Route[] {
  function deviceOf(id: string): Device {
    const device = state.device(id);
    if (device === undefined) throw new RequestFault(404, `There is no device ${id}`);
    return device;
  }

  function profileOf(id: string): Profile {
    const profile = state.profiles.find((one) => one.id === id);
    if (profile === undefined) throw new RequestFault(404, `There is no profile ${id}`);
    return profile;
  }

  async function runCommand(call: Call, command: DeviceCommand, detail: string): Promise<void> {
    const device = deviceOf(call.param('id'));
    state.command(device, command, call.session.user, detail);
    await answerJson(call.req, call.res, { message: `${DONE[command]} ${device.name}`, device }, { status: 202 });
  }

  return [
    {
      method: 'GET',
      path: '/api/devices',
      access: 'api',
      handle: async ({ req, res, url }) => {
        const query = {
          search: url.searchParams.get('search') ?? '',
          status: url.searchParams.get('status') ?? '',
          page: numberParam(url, 'page', 1, 10_000),
          size: numberParam(url, 'size', 25, MAX_PAGE_SIZE),
        };
        await answerJson(req, res, { ...query, ...state.find(query) }, { validate: true });
      },
    },
    {
      method: 'POST',
      path: '/api/devices/bulk',
      access: 'api',
      handle: async (call) => {
        const { command, ids } = await readJson(call.req, call.body);
        if (!isCommand(command)) throw new RequestFault(400, '"command" must be lock, wipe or retire');
        if (!Array.isArray(ids) || ids.length === 0) throw new RequestFault(400, '"ids" must name at least one device');
        // All or nothing: an unknown id stops the whole command.
        const devices = [...new Set(ids.map(String))].map(deviceOf);
        for (const device of devices) state.command(device, command, call.session.user, 'bulk');
        const [first] = devices;
        const who = devices.length === 1 && first !== undefined ? first.name : `${devices.length} devices`;
        await answerJson(
          call.req,
          call.res,
          { message: `${DONE[command]} ${who}`, command, ids: devices.map((device) => device.id) },
          { status: 202 },
        );
      },
    },
    {
      method: 'GET',
      path: '/api/devices/:id',
      access: 'api',
      handle: async (call) => {
        const device = deviceOf(call.param('id'));
        const profiles = state.profiles.filter((profile) => device.profiles.includes(profile.id));
        await answerJson(call.req, call.res, { ...device, profiles }, { validate: true });
      },
    },
    {
      method: 'PATCH',
      path: '/api/devices/:id',
      access: 'api',
      handle: async (call) => {
        const device = deviceOf(call.param('id'));
        const name = textField(await readJson(call.req, call.body), 'name');
        if (name === '') throw new RequestFault(400, 'A device needs a name');
        state.rename(device, name);
        await answerJson(call.req, call.res, { message: `Renamed to ${name}`, device });
      },
    },
    {
      method: 'POST',
      path: '/api/devices/:id/lock',
      access: 'api',
      handle: async (call) => {
        await runCommand(call, 'lock', textField(await readJson(call.req, call.body), 'message'));
      },
    },
    {
      method: 'POST',
      path: '/api/devices/:id/wipe',
      access: 'api',
      handle: async (call) => {
        const fields = await readJson(call.req, call.body);
        const pin = textField(fields, 'pin');
        if (pin !== '' && !/^\d{6}$/.test(pin)) throw new RequestFault(400, 'The PIN must have six digits');
        await runCommand(call, 'wipe', textField(fields, 'reason'));
      },
    },
    {
      method: 'POST',
      path: '/api/devices/:id/profiles',
      access: 'api',
      handle: async (call) => {
        const device = deviceOf(call.param('id'));
        const profile = profileOf(textField(await readJson(call.req, call.body), 'profile_id'));
        state.installProfile(device, profile);
        await answerJson(
          call.req,
          call.res,
          { message: `${profile.name} installed on ${device.name}` },
          { status: 201 },
        );
      },
    },
    {
      method: 'DELETE',
      path: '/api/devices/:id/profiles/:pid',
      access: 'api',
      handle: async (call) => {
        const device = deviceOf(call.param('id'));
        const profile = profileOf(call.param('pid'));
        state.removeProfile(device, profile);
        await answerJson(call.req, call.res, { message: `${profile.name} removed from ${device.name}` });
      },
    },
  ];
}
