// The frame around every screen: brand, navigation by rights, person menu, connection. On phones the navigation is at the bottom.
import {
  ActionIcon,
  Container,
  Group,
  Menu,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import {
  IconCheck,
  IconChevronDown,
  IconDeviceDesktop,
  IconFingerprint,
  IconHistory,
  IconHome,
  IconInbox,
  IconKey,
  IconLogout,
  IconMoon,
  IconPlugConnectedX,
  IconSun,
} from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { NavLink, useLocation } from 'react-router';
import { useConnection } from '../api/connection.ts';
import { useApi, useGrants } from '../api/queries.ts';
import { useMe } from '../lib/me.ts';
import { plural } from '../lib/plural.ts';
import { Mark } from './Mark.tsx';
import './shell.css';

const useWaiting = (): { count: number; more: boolean } => {
  const me = useMe();
  const inbox = useGrants('inbox', me.may.approve);
  const grants = inbox.data?.pages.flatMap((page) => page.grants) ?? [];
  return { count: grants.filter((grant) => grant.may.approve).length, more: inbox.hasNextPage };
};

const Navigation = () => {
  const { may } = useMe();
  const waiting = useWaiting();
  const items = [
    { to: '/', label: 'Home', icon: IconHome, shown: true },
    { to: '/access', label: 'My access', icon: IconKey, shown: may.ask },
    { to: '/approvals', label: 'Approvals', icon: IconInbox, shown: may.approve, count: waiting },
    { to: '/sessions', label: 'Sessions', icon: IconHistory, shown: may.review },
    { to: '/passkeys', label: 'Passkeys', icon: IconFingerprint, shown: true },
  ];
  return (
    <nav className="shell-nav" aria-label="Main">
      {items
        .filter((item) => item.shown)
        .map(({ to, label, icon: Icon, count }) => (
          <NavLink key={to} to={to} end={to === '/'} className="shell-link">
            <Icon size={18} stroke={1.8} aria-hidden="true" />
            <span>{label}</span>
            {count !== undefined && count.count > 0 ? (
              <span className="shell-count">
                <span aria-hidden="true">
                  {count.count}
                  {count.more ? '+' : ''}
                </span>
                <span className="unseen">, {plural(count.count, 'request')} waiting</span>
              </span>
            ) : null}
          </NavLink>
        ))}
    </nav>
  );
};

const SCHEMES = [
  { value: 'auto', label: 'Like the system', icon: IconDeviceDesktop },
  { value: 'light', label: 'Light', icon: IconSun },
  { value: 'dark', label: 'Dark', icon: IconMoon },
] as const;

const PersonMenu = () => {
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

const SchemeToggle = () => {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const systemDark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  const dark = colorScheme === 'dark' || (colorScheme === 'auto' && systemDark);
  const label = dark ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        className="shell-scheme"
        aria-label={label}
        onClick={() => setColorScheme(dark ? 'light' : 'dark')}
      >
        {dark ? <IconSun size={18} aria-hidden="true" /> : <IconMoon size={18} aria-hidden="true" />}
      </ActionIcon>
    </Tooltip>
  );
};

const ConnectionDot = () => {
  const connection = useConnection();
  const label =
    connection === 'live'
      ? 'This page updates by itself.'
      : connection === 'lost'
        ? 'The connection is lost.'
        : 'Connecting for updates.';
  return (
    <Tooltip label={label}>
      <span className={`shell-live shell-live-${connection}`}>
        <span className="shell-dot" aria-hidden="true" />
        <span className="shell-live-word">
          {connection === 'live' ? 'Live' : connection === 'lost' ? 'Offline' : 'Connecting'}
        </span>
      </span>
    </Tooltip>
  );
};

const LostBanner = () => {
  const lost = useConnection() === 'lost';
  return (
    <div aria-live="polite">
      {lost ? (
        <div className="shell-lost">
          <IconPlugConnectedX size={18} aria-hidden="true" />
          <span>The connection to Sallyport is lost. What you see may be old. Trying again.</span>
        </div>
      ) : null}
    </div>
  );
};

export const Shell = ({ children }: { children: ReactNode }) => {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // A new screen starts at its top, for eyes and for screen readers.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is what this effect is about
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <div className="shell">
      <a href="#main" className="skip-link">
        Skip to the content
      </a>
      <header className="shell-header">
        <div className="shell-bar">
          <NavLink to="/" className="shell-brand" aria-label="Sallyport, home">
            <Mark />
            <span>Sallyport</span>
          </NavLink>
          <Navigation />
          <Group gap={6} wrap="nowrap" ml="auto">
            <ConnectionDot />
            <SchemeToggle />
            <PersonMenu />
          </Group>
        </div>
        <LostBanner />
      </header>
      <Container size="lg" className="shell-main">
        <main id="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </Container>
    </div>
  );
};
