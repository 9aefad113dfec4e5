import { Code, Group, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { formattedJson } from '../format/json.js';
import { strings } from '../strings.js';
import { Copy } from './copy.js';

interface Props {
  /** Whose body: `Request of attempt 2`. */
  of: string;
  body: string;
  isTruncated?: boolean;
}

/** A body, with line breaks where it is JSON, or exactly as it went over the wire. */
export function BodyView({ of, body, isTruncated = false }: Props) {
  const words = strings.delivery;
  const [view, setView] = useState('formatted');
  const formatted = formattedJson(body);
  const text = view === 'raw' || formatted === null ? body : formatted;
  return (
    <>
      <Group justify="space-between" mb={6}>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {words.body}
          </Text>
          <Text size="xs" c="dimmed">
            {words.size(new TextEncoder().encode(body).length)}
          </Text>
        </Group>
        <Group gap="xs">
          {formatted !== null && (
            <SegmentedControl
              size="xs"
              aria-label={words.bodyView(of)}
              value={view}
              onChange={setView}
              data={[
                { value: 'formatted', label: words.formatted },
                { value: 'raw', label: words.raw },
              ]}
            />
          )}
          <Copy value={body} />
        </Group>
      </Group>
      <Code
        block
        className="wire"
        mah={420}
        style={{ overflow: 'auto' }}
        tabIndex={0}
        role="region"
        aria-label={`${of}: ${words.body}`}
      >
        {text}
      </Code>
      {isTruncated && (
        <Text size="xs" c="dimmed" mt={4}>
          {words.truncated}
        </Text>
      )}
    </>
  );
}
