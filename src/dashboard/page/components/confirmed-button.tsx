import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { UseMutationResult } from '@tanstack/react-query';
import { Confirm } from './confirm.js';

interface Props<Variables> {
  label: string;
  title: string;
  /** What it means, before it is done. */
  meaning: string;
  /** What the button that does it says. Default: the same as the one that asks. */
  action?: string;
  /** What the way back says. */
  keep?: string;
  dangerous?: boolean;
  /** What is done. */
  deed: Pick<UseMutationResult<unknown, Error, Variables>, 'isPending' | 'error' | 'mutate'>;
  /** What the deed is given. */
  to: NoInfer<Variables>;
  onDone?: () => void;
}

/** A button that asks before it does something. */
export function ConfirmedButton<Variables>(props: Props<Variables>) {
  const { label, title, meaning, action = label, keep, dangerous, deed, to, onDone } = props;
  const [isAsking, asking] = useDisclosure(false);
  const done = () => {
    asking.close();
    onDone?.();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={asking.open}>
        {label}
      </Button>
      <Confirm
        opened={isAsking}
        title={title}
        meaning={meaning}
        action={action}
        keep={keep}
        dangerous={dangerous}
        busy={deed.isPending}
        error={deed.error}
        onConfirm={() => deed.mutate(to, { onSuccess: done })}
        onClose={asking.close}
      />
    </>
  );
}
