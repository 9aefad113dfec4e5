import { AppShell, Burger, Button, Group, isLightColor, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { pageSettings } from '../page-settings.js';
import { useAllowed, useSession } from '../session/session.js';
import { strings } from '../strings.js';
import { ColorScheme } from './color-scheme.js';
import { LiveBadge } from './live-badge.js';

interface PageLink {
  href: string;
  name: string;
  scope: string;
  /** Whether it is refused to a token of one tenant. */
  isOfAll?: boolean;
}

const PAGES: PageLink[] = [
  { href: '/', name: strings.shell.overview, scope: 'deliveries:read' },
  { href: '/webhooks', name: strings.shell.webhooks, scope: 'webhooks:read' },
  { href: '/deliveries', name: strings.shell.deliveries, scope: 'deliveries:read' },
  { href: '/system', name: strings.system.title, scope: 'metrics:read', isOfAll: true },
];

const { brand } = pageSettings;
const headerColor = brand?.colors.header;
const headerStyle =
  headerColor === undefined
    ? {}
    : { backgroundColor: headerColor, color: isLightColor(headerColor, 0.35) ? '#000' : '#fff' };

/** What stands around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const { session, signOut } = useSession();
  const [isOpen, menu] = useDisclosure(false);
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const skip = () => main.current?.focus();
  // Whoever cannot see that another page is shown is taken to it, as a browser does where pages are documents.
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <AppShell.Header style={headerStyle}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Button size="xs" className="skip-link" onClick={skip}>
              {strings.shell.skip}
            </Button>
            <Burger
              opened={isOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={strings.shell.menu}
            />
            <Emblem />
            <LiveBadge />
          </Group>
          <Group gap="sm" wrap="nowrap">
            {brand === undefined && (
              <Text size="sm" visibleFrom="sm">
                {strings.shell.signedInAs(session.name, session.tenant)}
              </Text>
            )}
            {signOut && (
              <Button size="xs" variant="default" onClick={signOut}>
                {strings.shell.signOut}
              </Button>
            )}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={strings.shell.navigation}>
        <PageLinks path={path} onGo={menu.close} />
        <Stack gap="xs" mt="auto" p="xs">
          <ColorScheme />
          {brand === undefined && (
            <Text size="xs" c="dimmed">
              {strings.shell.version(session.version, session.environment)}
            </Text>
          )}
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main ref={main} tabIndex={-1} style={{ outline: 'none' }}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** Whose page it is. */
function Emblem() {
  const logo = brand === undefined ? './posthorn.svg' : brand.logo;
  return (
    <>
      {logo !== null && <img src={logo} alt="" height={28} style={{ maxWidth: 160 }} />}
      <Text fw={700} size="lg">
        {brand === undefined ? strings.shell.name : (brand.name ?? strings.shell.portal.name)}
      </Text>
    </>
  );
}

function PageLinks({ path, onGo }: { path: string; onGo: () => void }) {
  const allowed = useAllowed();
  const { tenant } = useSession().session;
  const shown = PAGES.filter(({ scope, isOfAll }) => allowed(scope) && !(isOfAll && tenant !== null));
  return shown.map(({ href, name }) => {
    const isHere = href === '/' ? path === '/' : path.startsWith(href);
    return (
      <NavLink
        key={href}
        component={Link}
        href={href}
        label={name}
        active={isHere}
        variant="filled"
        onClick={onGo}
        aria-current={isHere ? 'page' : undefined}
      />
    );
  });
}
