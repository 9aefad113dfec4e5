import { Box, Button, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { DeliveryFilter } from '../../api/delivery-filter.js';
import type { Delivery } from '../../api/views.js';
import { webhooksQuery } from '../../api/webhooks.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';
import { DeliveryRow, ROW_HEIGHT } from './delivery-row.js';
import { useNewcomers } from './use-newcomers.js';

interface Props {
  deliveries: Delivery[];
  filter: DeliveryFilter;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
}

const COLUMNS = Object.values(strings.deliveries.columns);
/** So many rows before the end the next page is fetched. */
const AHEAD = 20;

/** A list of any length: only the rows that can be seen are drawn, and older ones are fetched as the reader comes to them. */
export function DeliveryTable({ deliveries, filter, hasMore, isLoadingMore, loadMore }: Props) {
  const words = strings.deliveries;
  const scroller = useRef<HTMLDivElement>(null);
  const maySeeWebhooks = useAllowed()('webhooks:read');
  const webhooks = useQuery({ ...webhooksQuery, enabled: maySeeWebhooks });
  const nameOf = new Map(webhooks.data?.map(({ id, name }) => [id, name]));
  const rows = useVirtualizer({
    count: deliveries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => deliveries[index]?.id ?? index,
    overscan: 12,
  });
  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= deliveries.length - AHEAD) loadMore();
  }, [hasMore, isLoadingMore, last, deliveries.length, loadMore]);
  const newcomers = useNewcomers(deliveries, filter, (rows.scrollOffset ?? 0) > ROW_HEIGHT, (count) =>
    scroller.current?.scrollBy({ top: count * ROW_HEIGHT }),
  );
  const before = drawn[0]?.start ?? 0;
  const after = rows.getTotalSize() - (drawn.at(-1)?.end ?? 0);

  return (
    <Box pos="relative">
      {newcomers > 0 && (
        <Button
          size="xs"
          pos="absolute"
          top={44}
          left="50%"
          style={{ transform: 'translateX(-50%)', zIndex: 3 }}
          onClick={() => scroller.current?.scrollTo({ top: 0 })}
        >
          {words.toTop(newcomers)}
        </Button>
      )}
      <Box
        ref={scroller}
        role="region"
        aria-label={words.region}
        tabIndex={0}
        mah="max(320px, calc(100vh - 330px))"
        style={{ overflow: 'auto', overflowAnchor: 'none' }}
      >
        <Table
          stickyHeader
          highlightOnHover
          aria-label={words.table}
          aria-rowcount={hasMore ? -1 : deliveries.length + 1}
          miw={860}
        >
          <Table.Thead style={{ zIndex: 2 }}>
            <Table.Tr aria-rowindex={1}>
              {COLUMNS.map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Spacer height={before} />
            {drawn.map(({ key, index }) => {
              const delivery = deliveries[index];
              if (!delivery) return null;
              return (
                <DeliveryRow
                  key={key}
                  delivery={delivery}
                  index={index}
                  webhookName={nameOf.get(delivery.webhookId)}
                />
              );
            })}
            <Spacer height={after} />
          </Table.Tbody>
        </Table>
      </Box>
      <Text size="xs" c="dimmed" mt="xs" role="status">
        {isLoadingMore ? words.more : hasMore ? '' : words.end}
      </Text>
    </Box>
  );
}

/** Stands for the rows that are not drawn. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label */}
      <td colSpan={COLUMNS.length} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
