import { Button, Fieldset, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { strings } from '../strings.js';
import type { FieldsProps } from './fields.js';
import { MASK } from './mask.js';

const PARTS = ['ca', 'certificate', 'key'] as const;

/** What connections to the receiver are made with, where it is not what everyone's are. Few need it. */
export function TlsFields({ form: { tls }, change, faults }: FieldsProps) {
  const words = strings.webhookForm.tls;
  const isFaulty = Object.keys(faults).some((field) => field.startsWith('tls'));
  const [isOpen, fields] = useDisclosure(PARTS.some((part) => tls[part] !== ''));
  return (
    <Fieldset legend={words.legend}>
      <Stack align="stretch" gap="sm">
        <Text size="xs" c="dimmed">
          {words.hint}
        </Text>
        {isOpen || isFaulty ? (
          PARTS.map((part) => (
            <Textarea
              key={part}
              label={words[part].label}
              description={`${words[part].hint}${tls[part] === MASK ? ` ${words.keyMasked}` : ''}`}
              autosize
              minRows={2}
              maxRows={6}
              spellCheck={false}
              autoComplete="off"
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              value={tls[part]}
              error={faults[`tls.${part}`]}
              onChange={({ currentTarget }) => change({ tls: { ...tls, [part]: currentTarget.value } })}
            />
          ))
        ) : (
          <Button size="xs" variant="default" onClick={fields.open} style={{ alignSelf: 'flex-start' }}>
            {words.open}
          </Button>
        )}
        {faults['tls'] && (
          <Text c="var(--mantine-color-error)" size="sm" role="alert">
            {faults['tls']}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}
