// The frame around every screen: brand, navigation by rights, person menu, connection. On phones the navigation is at the bottom.
import { ActionIcon, Container, Group, Tooltip, useMantineColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconMoon, IconPlugConnectedX, IconSun } from '@tabler/icons-react';
import { type CSSProperties, type ReactNode, useEffect, useRef } from 'react';
import { NavLink, useLocation } from 'react-router';
import { useConnection } from '../api/connection.ts';
import { FreezeBar } from '../features/freezes/FreezeBar.tsx';
import { Mark } from './Mark.tsx';
import { Navigation } from './Navigation.tsx';
import { PersonMenu } from './PersonMenu.tsx';
import './shell.css';

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

/** As in shell.css, px. */
const HEADER = 60;

export const Shell = ({ children }: { children: ReactNode }) => {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const frozen = useElementSize();
  const stuck: CSSProperties & { '--stuck': string } = { '--stuck': `${HEADER + frozen.height}px` };
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
    // Heads of tables stay below the header and the red bar.
    <div className="shell" style={stuck}>
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
      <div className="shell-frozen" ref={frozen.ref}>
        <FreezeBar />
      </div>
      <Container size="lg" className="shell-main">
        <main id="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </Container>
    </div>
  );
};
