import { Button, Checkbox, Fieldset, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMaySet } from '../session/session.js';
import { strings } from '../strings.js';
import type { FieldsProps } from './fields.js';
import { MASK } from './mask.js';

const FIELDS = ['format', 'cloudEventsHandshake', 'include', 'hubSignature', 'headers'];

/** What a request is made of. */
export function RequestFields(props: FieldsProps) {
  const { form, change, faults } = props;
  const words = strings.webhookForm.request;
  const maySet = useMaySet();
  if (!FIELDS.some(maySet)) return null;
  return (
    <Fieldset legend={words.legend}>
      <Stack>
        {maySet('format') && (
          <Select
            label={words.format}
            allowDeselect={false}
            data={Object.entries(words.formats).map(([value, label]) => ({ value, label }))}
            value={form.format}
            error={faults['format']}
            onChange={(value) => change({ format: value ?? form.format })}
          />
        )}
        {form.format === 'cloudevents' && maySet('cloudEventsHandshake') && (
          <Checkbox
            label={words.handshake}
            description={words.handshakeHint}
            checked={form.cloudEventsHandshake}
            error={faults['cloudEventsHandshake']}
            onChange={({ currentTarget }) => change({ cloudEventsHandshake: currentTarget.checked })}
          />
        )}
        {maySet('include') && (
          <Checkbox.Group
            label={words.include}
            value={form.include}
            error={faults['include']}
            onChange={(include) => change({ include })}
          >
            <Group mt="xs">
              {Object.entries(words.includes).map(([value, label]) => (
                <Checkbox key={value} value={value} label={label} />
              ))}
            </Group>
          </Checkbox.Group>
        )}
        {maySet('hubSignature') && (
          <Checkbox
            label={words.hub}
            description={words.hubHint}
            checked={form.hubSignature}
            error={faults['hubSignature']}
            onChange={({ currentTarget }) => change({ hubSignature: currentTarget.checked })}
          />
        )}
        {maySet('headers') && <HeaderFields {...props} />}
      </Stack>
    </Fieldset>
  );
}

function HeaderFields({ form: { headers }, change, faults }: FieldsProps) {
  const words = strings.webhookForm.request;
  const set = (index: number, part: Partial<(typeof headers)[number]>) =>
    change({ headers: headers.map((header, at) => (at === index ? { ...header, ...part } : header)) });
  return (
    <Stack gap="xs" align="flex-start" role="group" aria-label={words.headers}>
      <Text size="sm" fw={600}>
        {words.headers}
      </Text>
      <Text size="xs" c="dimmed">
        {`${words.headersHint}${headers.some(({ value }) => value === MASK) ? ` ${words.headersMasked}` : ''}`}
      </Text>
      {headers.map(({ name, value }, index) => (
        // Rows have no other identity than their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Group key={index} w="100%" wrap="nowrap">
          <TextInput
            aria-label={words.headerNameOf(index + 1)}
            placeholder={words.headerName}
            value={name}
            w="35%"
            onChange={({ currentTarget }) => set(index, { name: currentTarget.value })}
          />
          <TextInput
            aria-label={words.headerValueOf(index + 1)}
            placeholder={words.headerValue}
            value={value}
            flex={1}
            autoComplete="off"
            spellCheck={false}
            onChange={({ currentTarget }) => set(index, { value: currentTarget.value })}
          />
          <Button
            variant="default"
            aria-label={words.removeHeader(name)}
            onClick={() => change({ headers: headers.filter((_, at) => at !== index) })}
          >
            ✕
          </Button>
        </Group>
      ))}
      {faults['headers'] && (
        <Text c="var(--mantine-color-error)" size="sm" role="alert">
          {faults['headers']}
        </Text>
      )}
      <Button
        size="xs"
        variant="default"
        onClick={() => change({ headers: [...headers, { name: '', value: '' }] })}
      >
        {words.addHeader}
      </Button>
    </Stack>
  );
}
