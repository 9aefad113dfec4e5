import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCancel, useRedeliver } from '../../api/deliveries.js';
import type { Attempt, DeliveryDetail } from '../../api/views.js';
import { ConfirmedButton } from '../../components/confirmed-button.js';
import { Copy } from '../../components/copy.js';
import { tellFailure } from '../../components/tell-failure.js';
import { toCurl } from '../../format/curl.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

/** What a person can do with a delivery, as far as their token allows. */
export function DeliveryActions({
  delivery,
  attempt,
}: {
  delivery: DeliveryDetail;
  attempt: Attempt | undefined;
}) {
  const words = strings.delivery;
  const mayWrite = useAllowed()('deliveries:write');
  const redeliver = useRedeliver();
  const { request } = delivery;
  const url = attempt?.url ?? request.url;
  return (
    <>
      {url !== null && (
        <Copy
          label={words.curl}
          value={toCurl({ url, headers: attempt?.requestHeaders ?? request.headers, body: request.body })}
        />
      )}
      {mayWrite && delivery.state === 'pending' && <CancelDelivery id={delivery.id} />}
      {mayWrite && (
        <Button
          size="xs"
          loading={redeliver.isPending}
          onClick={() =>
            redeliver.mutate(delivery.id, {
              onSuccess: () => notifications.show({ message: words.redelivered }),
              onError: tellFailure,
            })
          }
        >
          {words.redeliver}
        </Button>
      )}
    </>
  );
}

function CancelDelivery({ id }: { id: string }) {
  const words = strings.delivery;
  const cancel = useCancel();
  return (
    <ConfirmedButton
      label={words.cancel}
      title={words.cancelTitle}
      meaning={words.cancelMeaning}
      keep={words.keep}
      dangerous
      deed={cancel}
      to={id}
    />
  );
}
