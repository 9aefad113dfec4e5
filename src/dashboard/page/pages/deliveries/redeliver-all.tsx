import { Button, Group, Modal, Stack, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { countQuery, useRedeliverAll } from '../../api/deliveries.js';
import { type DeliveryFilter, isEmpty } from '../../api/delivery-filter.js';
import { BegunProgress } from '../../components/begun-progress.js';
import { Failure } from '../../components/failure.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

/** Sends again what the filters show: how many that is, is said before; how far it has come, after. */
export function RedeliverAll({ filter }: { filter: DeliveryFilter }) {
  const words = strings.deliveries.bulk;
  const [opened, dialog] = useDisclosure(false);
  const redeliver = useRedeliverAll();
  const hasFilter = !isEmpty(filter);
  if (!useAllowed()('deliveries:write')) return null;
  const open = () => {
    redeliver.reset();
    dialog.open();
  };
  return (
    <>
      <Tooltip label={words.needsFilter} disabled={hasFilter}>
        <Button
          variant="default"
          onClick={open}
          data-disabled={!hasFilter || undefined}
          aria-disabled={!hasFilter}
        >
          {words.open}
        </Button>
      </Tooltip>
      <Modal
        opened={opened && hasFilter}
        onClose={dialog.close}
        title={words.title}
        closeButtonProps={{ 'aria-label': strings.words.close }}
      >
        {redeliver.data ? (
          <Stack>
            <BegunProgress {...redeliver.data} />
            <Group justify="flex-end">
              <Button onClick={dialog.close}>{strings.words.close}</Button>
            </Group>
          </Stack>
        ) : (
          <Ask
            filter={filter}
            busy={redeliver.isPending}
            error={redeliver.error}
            onConfirm={() => redeliver.mutate(filter)}
            onClose={dialog.close}
          />
        )}
      </Modal>
    </>
  );
}

interface AskProps {
  filter: DeliveryFilter;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

function Ask({ filter, busy, error, onConfirm, onClose }: AskProps) {
  const words = strings.deliveries.bulk;
  const count = useQuery(countQuery(filter));
  const { matched = 0, capped = false } = count.data ?? {};
  return (
    <Stack>
      {count.error && <Failure error={count.error} retry={() => void count.refetch()} />}
      {count.isPending && <Text role="status">{words.counting}</Text>}
      {count.data && (
        <Text fw={600} role="status">
          {matched === 0 ? words.none : words.count(matched, capped)}
        </Text>
      )}
      <Text size="sm">{words.meaning}</Text>
      {error ? <Failure error={error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {strings.words.cancel}
        </Button>
        <Button disabled={matched === 0} loading={busy} onClick={onConfirm}>
          {words.action(matched, capped)}
        </Button>
      </Group>
    </Stack>
  );
}
