import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { ApiError } from '../api/api-error.js';
import { get, signWith, whenSignedOut } from '../api/client.js';
import type { Session } from '../api/views.js';
import { Failure } from '../components/failure.js';
import { Loading } from '../components/loading.js';
import { pageSettings } from '../page-settings.js';
import { strings } from '../strings.js';
import { PortalGate } from './portal-gate.js';
import { HostSignIn } from './host-sign-in.js';
import { SessionContext } from './session.js';
import { SignIn } from './sign-in.js';

const readSession = async (): Promise<Session> => (await get<{ data: Session }>('/session')).data;

/** Shows the page to whoever has signed in, and the way in to everyone else. */
export function SignInGate({ children }: { children: ReactNode }) {
  if (pageSettings.auth === 'portal') return <PortalGate>{children}</PortalGate>;
  return pageSettings.auth === 'host' ? <HostGate>{children}</HostGate> : <TokenGate>{children}</TokenGate>;
}

function TokenGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [session, setSession] = useState<Session | null>(null);
  const [notice, setNotice] = useState<string | null>(null);

  const leave = useCallback(
    (why: string | null) => {
      signWith(null);
      queries.clear();
      setSession(null);
      setNotice(why);
    },
    [queries],
  );
  useEffect(() => {
    if (session) whenSignedOut(() => leave(strings.shell.signIn.ended));
    else whenSignedOut(() => undefined);
  }, [session, leave]);

  const signIn = async (token: string): Promise<void> => {
    signWith(token);
    try {
      setSession(await readSession());
      setNotice(null);
    } catch (error) {
      signWith(null);
      throw error;
    }
  };
  if (!session) return <SignIn notice={notice} signIn={signIn} />;
  return <SessionContext value={{ session, signOut: () => leave(null) }}>{children}</SessionContext>;
}

function HostGate({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = useCallback(() => void readSession().then(setSession, setError), []);
  const retry = () => {
    setError(null);
    read();
  };
  useEffect(() => {
    whenSignedOut(() => {
      setSession(null);
      setError(new ApiError(401, strings.shell.signIn.hostTitle));
    });
    read();
  }, [read]);

  if (session) return <SessionContext value={{ session }}>{children}</SessionContext>;
  if (error === null) return <Loading />;
  if (error instanceof ApiError && error.status === 401) return <HostSignIn />;
  return <Failure error={error} retry={retry} />;
}
