import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { messageOf } from '../../api/api-error.js';
import { useCancel, useRedeliver } from '../../api/deliveries.js';
import type { Attempt, DeliveryDetail } from '../../api/views.js';
import { Confirm } from '../../components/confirm.js';
import { Copy } from '../../components/copy.js';
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
              onError: (error) => notifications.show({ color: 'red', message: messageOf(error) }),
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
  const [isAsking, asking] = useDisclosure(false);
  const cancel = useCancel();
  return (
    <>
      <Button size="xs" variant="default" onClick={asking.open}>
        {words.cancel}
      </Button>
      <Confirm
        opened={isAsking}
        title={words.cancelTitle}
        meaning={words.cancelMeaning}
        action={words.cancel}
        keep={words.keep}
        dangerous
        busy={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(id, { onSuccess: asking.close })}
        onClose={asking.close}
      />
    </>
  );
}
