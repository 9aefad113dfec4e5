import { Alert, Center, Stack, Title } from '@mantine/core';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, errorOf, messageOf } from '../api/api-error.js';
import { get, signWith, whenSignedOut } from '../api/client.js';
import type { Session } from '../api/views.js';
import { Failure } from '../components/failure.js';
import { Loading } from '../components/loading.js';
import { tellFailure } from '../components/tell-failure.js';
import { pageBase, pageSettings } from '../page-settings.js';
import { strings } from '../strings.js';
import { linkSecret } from './portal-link.js';
import { SessionContext } from './session.js';

/** The one request beside the admin routes: it takes the link's secret, or the cookie of a page that is loaded again. */
async function openSession(secret: string | null): Promise<{ session: Session; token: string }> {
  let answer: Response;
  try {
    answer = await fetch(`${pageBase}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(secret === null ? {} : { secret }),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch {
    throw new ApiError(0, strings.errors.unreachable);
  }
  if (!answer.ok) throw await errorOf(answer);
  const { data } = (await answer.json()) as { data: { token: string } };
  // In memory: the cookie serves the next load of this page alone.
  signWith(data.token);
  return { session: (await get<{ data: Session }>('/session')).data, token: data.token };
}

/** Ends the session, which the token in memory names also where the browser keeps no cookie for a frame. */
async function endSession(token: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`${pageBase}/session`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch {
    throw new ApiError(0, strings.errors.unreachable);
  }
  if (!answer.ok) throw await errorOf(answer);
}

/** Shows the page to a customer who came by a link, and says what is wrong with a link that opens nothing. */
export function PortalGate({ children }: { children: ReactNode }) {
  const [opened, setOpened] = useState<{ session: Session; token: string } | null>(null);
  const [error, setError] = useState<unknown>(null);
  // A link works once: what was sent is not sent again.
  const isUsed = useRef(false);
  const open = useCallback(async () => {
    setError(null);
    const secret = isUsed.current ? null : linkSecret;
    isUsed.current = true;
    try {
      setOpened(await openSession(secret));
    } catch (problem) {
      setError(problem);
    }
  }, []);
  useEffect(() => {
    whenSignedOut(() => {
      signWith(null);
      setOpened(null);
      setError(new ApiError(410, strings.shell.portal.ended));
    });
    if (!isUsed.current) void open();
  }, [open]);

  if (opened) {
    const { session, token } = opened;
    const signOut = async () => {
      try {
        await endSession(token);
        signWith(null);
        setOpened(null);
        setError(new ApiError(410, strings.shell.portal.signedOut));
      } catch (problem) {
        tellFailure(problem as Error);
      }
    };
    return <SessionContext value={{ session, signOut: () => void signOut() }}>{children}</SessionContext>;
  }
  if (error === null) return <Loading />;
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) return <Closed error={error} />;
  return <Failure error={error} retry={() => void open()} />;
}

function Closed({ error }: { error: ApiError }) {
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack maw={520}>
        <Title order={1} size="h3">
          {pageSettings.brand?.name ?? strings.shell.portal.name}
        </Title>
        <Alert color="yellow" role="alert">
          {messageOf(error)}
        </Alert>
      </Stack>
    </Center>
  );
}
