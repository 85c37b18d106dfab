// Who is signed in, and what concerns only them: passkeys, colours, signing out; freezing, for those who may.
import { Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import {
  IconCheck,
  IconChevronDown,
  IconDeviceDesktop,
  IconFingerprint,
  IconLogout,
  IconMoon,
  IconSnowflake,
  IconSun,
} from '@tabler/icons-react';
import { Link } from 'react-router';
import { useApi } from '../api/queries.ts';
import { useMe } from '../lib/me.ts';

const SCHEMES = [
  { value: 'auto', label: 'Like the system', icon: IconDeviceDesktop },
  { value: 'light', label: 'Light', icon: IconSun },
  { value: 'dark', label: 'Dark', icon: IconMoon },
] as const;

export const PersonMenu = () => {
  const me = useMe();
  const api = useApi();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = async () => {
    // Whatever the answer: the page that follows asks the server who is signed in.
    await api.logout().catch(() => undefined);
    window.location.assign('/signed-out');
  };
  return (
    <Menu position="bottom-end" width={240} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton className="shell-person">
          <span className="shell-avatar" aria-hidden="true">
            {me.person.name.charAt(0).toUpperCase()}
          </span>
          <span className="shell-name">{me.person.name}</span>
          <span className="unseen">account menu</span>
          <IconChevronDown size={14} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="shell-who">
          <Text fw={600}>{me.person.name}</Text>
          <Text size="xs" c="dimmed">
            {me.person.groups.length === 0 ? 'In no group' : me.person.groups.join(', ')}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to="/passkeys" leftSection={<IconFingerprint size={16} aria-hidden="true" />}>
          Passkeys
        </Menu.Item>
        {me.may.freeze ? (
          <Menu.Item component={Link} to="/?freeze" leftSection={<IconSnowflake size={16} aria-hidden="true" />}>
            Freeze acts…
          </Menu.Item>
        ) : null}
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        {SCHEMES.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            closeMenuOnClick={false}
            leftSection={<Icon size={16} aria-hidden="true" />}
            rightSection={colorScheme === value ? <IconCheck size={14} aria-hidden="true" /> : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
            {colorScheme === value ? <span className="unseen">, chosen</span> : null}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden="true" />} onClick={() => void signOut()}>
          Sign out everywhere
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
