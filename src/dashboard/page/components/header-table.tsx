import { Table, Text } from '@mantine/core';
import { strings } from '../strings.js';

/** The headers of a request or response. */
export function HeaderTable({ of, headers }: { of: string; headers: Record<string, string> }) {
  const words = strings.delivery;
  const all = Object.entries(headers);
  return (
    <>
      <Text size="sm" fw={600} mb={6}>
        {words.headers}
      </Text>
      {all.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noHeaders}
        </Text>
      ) : (
        <Table aria-label={`${of}: ${words.headers}`} fz="xs" verticalSpacing={4} layout="fixed">
          <Table.Tbody>
            {all.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={600} w="40%" style={{ overflowWrap: 'anywhere' }}>
                  {name}
                </Table.Th>
                <Table.Td ff="monospace" className="wire">
                  {value}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </>
  );
}
