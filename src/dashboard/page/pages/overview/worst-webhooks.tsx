import { Anchor, Paper, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Overview } from '../../api/views.js';
import { durationOrNone } from '../../format/durations.js';
import { percent, whole } from '../../format/numbers.js';
import { strings } from '../../strings.js';

/** Where to look first. */
export function WorstWebhooks({ webhooks }: Pick<Overview, 'webhooks'>) {
  const words = strings.overview.worst;
  return (
    <Paper withBorder p="md" component="section" aria-label={words.title}>
      <Title order={2} size="h5" mb="sm">
        {words.title}
      </Title>
      {webhooks.length === 0 ? (
        <Text size="sm">{words.none}</Text>
      ) : (
        <Table.ScrollContainer minWidth={480}>
          <Table aria-label={words.title}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.webhook}</Table.Th>
                <Table.Th ta="right">{words.success}</Table.Th>
                <Table.Th ta="right">{words.p95}</Table.Th>
                <Table.Th ta="right">{words.attempts}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {webhooks.map(({ id, name, attempts, successShare, p95Ms }) => (
                <Table.Tr key={id}>
                  <Table.Td>
                    <Anchor component={Link} href={`/webhooks/${id}`} size="sm">
                      {name}
                    </Anchor>
                  </Table.Td>
                  <Table.Td ta="right">{percent(successShare)}</Table.Td>
                  <Table.Td ta="right">{durationOrNone(p95Ms)}</Table.Td>
                  <Table.Td ta="right">{whole(attempts)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Paper>
  );
}
