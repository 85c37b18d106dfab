// The screens that the reader's rights open. On phones it is the bar at the bottom. Beside many others, passkeys are in the
// account menu only; what still does not fit is scrolled to.
import {
  IconChartBar,
  IconFingerprint,
  IconHistory,
  IconHome,
  IconInbox,
  IconKey,
  IconListSearch,
  IconSearch,
  IconSettingsCog,
} from '@tabler/icons-react';
import { NavLink } from 'react-router';
import { useInbox } from '../features/approvals/useInbox.ts';
import { answerable } from '../lib/inbox.ts';
import { useMe } from '../lib/me.ts';
import { plural } from '../lib/plural.ts';

/** What the bottom of a phone has room for. */
const MOST_BELOW = 5;
/** And the header, beside a name. */
const MOST_ABOVE = 8;

const useWaiting = (): { count: number; more: boolean } => {
  const { may } = useMe();
  const { list, grants } = useInbox(may.approve);
  return { count: list.filter(answerable).length, more: grants.hasNextPage };
};

export const Navigation = () => {
  const { may } = useMe();
  const waiting = useWaiting();
  const shown = [
    { to: '/', label: 'Home', icon: IconHome, shown: true },
    { to: '/access', label: 'My access', icon: IconKey, shown: may.ask },
    { to: '/approvals', label: 'Approvals', icon: IconInbox, shown: may.approve, count: waiting },
    { to: '/sessions', label: 'Sessions', icon: IconHistory, shown: may.review },
    { to: '/search', label: 'Search', icon: IconSearch, shown: may.review },
    { to: '/review', label: 'Review', icon: IconListSearch, shown: may.reviewAccess },
    { to: '/reports', label: 'Reports', icon: IconChartBar, shown: may.reviewAccess },
    { to: '/operate', label: 'Operate', icon: IconSettingsCog, shown: may.operate },
    { to: '/passkeys', label: 'Passkeys', icon: IconFingerprint, shown: true },
  ].filter((item) => item.shown);
  const items = shown.slice(0, MOST_ABOVE);
  return (
    <nav className={items.length > MOST_BELOW ? 'shell-nav shell-nav-many' : 'shell-nav'} aria-label="Main">
      {items.map(({ to, label, icon: Icon, count }) => (
        <NavLink
          key={to}
          to={to}
          end={to === '/'}
          className={`shell-link shell-link-${label.toLowerCase().replace(' ', '-')}`}
        >
          <Icon size={18} stroke={1.8} aria-hidden="true" className="shell-icon" />
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
