import { Button } from '@mantine/core';
import { useSwitchSending } from '../../api/overview.js';
import { ConfirmedButton } from '../../components/confirmed-button.js';
import { useAllowed, useSession } from '../../session/session.js';
import { strings } from '../../strings.js';

/** Pauses and resumes sending as a whole; nothing where the token may not. */
export function SendingSwitch({ paused }: { paused: boolean }) {
  const words = strings.overview.sending;
  const allowed = useAllowed();
  const { tenant } = useSession().session;
  const sending = useSwitchSending();
  // It is for the whole deployment, and so for nobody of one tenant.
  if (!allowed('deliveries:write') || tenant !== null) return null;
  if (paused) {
    return (
      <Button size="xs" loading={sending.isPending} onClick={() => sending.mutate('resume')}>
        {words.resume}
      </Button>
    );
  }
  return (
    <ConfirmedButton
      label={words.pause}
      title={words.pauseTitle}
      meaning={words.pauseMeaning}
      deed={sending}
      to="pause"
    />
  );
}
