import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { Link, useLocation } from 'wouter';
import { messageOf } from '../../api/api-error.js';
import type { Webhook } from '../../api/views.js';
import { useDeleteWebhook, useSwitchWebhook } from '../../api/webhooks.js';
import { Confirm } from '../../components/confirm.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

/** Edit, enable or disable, and delete: as far as the token allows. */
export function WebhookActions({ webhook }: { webhook: Webhook }) {
  const allowed = useAllowed();
  return (
    <>
      {allowed('webhooks:update') && (
        <>
          <Button size="xs" variant="default" component={Link} href={`/webhooks/${webhook.id}/edit`}>
            {strings.webhook.edit}
          </Button>
          <Switching webhook={webhook} />
        </>
      )}
      {allowed('webhooks:delete') && <Removal id={webhook.id} />}
    </>
  );
}

function Switching({ webhook: { id, isEnabled } }: { webhook: Webhook }) {
  const words = strings.webhook;
  const [isAsking, asking] = useDisclosure(false);
  const change = useSwitchWebhook(id);
  const onError = (error: Error) => notifications.show({ color: 'red', message: messageOf(error) });
  if (!isEnabled) {
    return (
      <Button size="xs" loading={change.isPending} onClick={() => change.mutate('enable', { onError })}>
        {words.enable}
      </Button>
    );
  }
  return (
    <>
      <Button size="xs" variant="default" onClick={asking.open}>
        {words.disable}
      </Button>
      <Confirm
        opened={isAsking}
        title={words.disableTitle}
        meaning={words.disableMeaning}
        action={words.disable}
        busy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate('disable', { onSuccess: asking.close })}
        onClose={asking.close}
      />
    </>
  );
}

function Removal({ id }: { id: string }) {
  const words = strings.webhook;
  const [, go] = useLocation();
  const [isAsking, asking] = useDisclosure(false);
  const remove = useDeleteWebhook(id);
  return (
    <>
      <Button size="xs" variant="default" onClick={asking.open}>
        {words.remove}
      </Button>
      <Confirm
        opened={isAsking}
        title={words.removeTitle}
        meaning={words.removeMeaning}
        action={words.removeAction}
        dangerous
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => go('/webhooks', { replace: true }) })}
        onClose={asking.close}
      />
    </>
  );
}
