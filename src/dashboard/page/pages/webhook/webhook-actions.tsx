import { Button } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import type { Webhook } from '../../api/views.js';
import { useDeleteWebhook, useSwitchWebhook } from '../../api/webhooks.js';
import { ConfirmedButton } from '../../components/confirmed-button.js';
import { tellFailure } from '../../components/tell-failure.js';
import { useAllowed, useMaySet } from '../../session/session.js';
import { strings } from '../../strings.js';

/** Edit, enable or disable, and delete: as far as the token allows. */
export function WebhookActions({ webhook }: { webhook: Webhook }) {
  const allowed = useAllowed();
  const maySet = useMaySet();
  return (
    <>
      {allowed('webhooks:update') && (
        <>
          <Button size="xs" variant="default" component={Link} href={`/webhooks/${webhook.id}/edit`}>
            {strings.webhook.edit}
          </Button>
          {maySet('isEnabled') && <Switching webhook={webhook} />}
        </>
      )}
      {allowed('webhooks:delete') && <Removal id={webhook.id} />}
    </>
  );
}

function Switching({ webhook: { id, isEnabled } }: { webhook: Webhook }) {
  const words = strings.webhook;
  const change = useSwitchWebhook(id);
  if (!isEnabled) {
    return (
      <Button
        size="xs"
        loading={change.isPending}
        onClick={() => change.mutate('enable', { onError: tellFailure })}
      >
        {words.enable}
      </Button>
    );
  }
  return (
    <ConfirmedButton
      label={words.disable}
      title={words.disableTitle}
      meaning={words.disableMeaning}
      deed={change}
      to="disable"
    />
  );
}

function Removal({ id }: { id: string }) {
  const words = strings.webhook;
  const [, go] = useLocation();
  const remove = useDeleteWebhook(id);
  return (
    <ConfirmedButton
      label={words.remove}
      title={words.removeTitle}
      meaning={words.removeMeaning}
      action={words.removeAction}
      dangerous
      deed={remove}
      to={undefined}
      onDone={() => go('/webhooks', { replace: true })}
    />
  );
}
