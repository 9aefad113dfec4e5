import { Autocomplete, Button, Group, MultiSelect, Stack, Text } from '@mantine/core';
import type { EventType } from '../api/views.js';
import { strings } from '../strings.js';
import { uidsIn } from './event-groups.js';
import type { FieldsProps } from './fields.js';

/** Events of single content types, beside those of all of them. */
export function ContentTypeChoice({ form, change, faults, types }: FieldsProps & { types: EventType[] }) {
  const words = strings.webhookForm.events;
  const { contentTypeEvents } = form;
  const uids = uidsIn(types);
  const ofEntries = types.map(({ name }) => name).filter((name) => name.startsWith('entry.'));
  const set = (index: number, part: Partial<(typeof contentTypeEvents)[number]>) =>
    change({
      contentTypeEvents: contentTypeEvents.map((entry, at) => (at === index ? { ...entry, ...part } : entry)),
    });
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" fw={600}>
        {words.typesTitle}
      </Text>
      <Text size="xs" c="dimmed">
        {words.typesHint}
      </Text>
      {contentTypeEvents.map(({ uid, events }, index) => (
        // Rows have no other identity than their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Group key={index} align="flex-end" w="100%">
          <Autocomplete
            label={words.uid}
            placeholder={words.uidPlaceholder}
            data={uids}
            value={uid}
            onChange={(value) => set(index, { uid: value })}
            w={240}
          />
          <MultiSelect
            label={words.typeEvents}
            data={ofEntries}
            value={events}
            onChange={(value) => set(index, { events: value })}
            miw={240}
            flex={1}
          />
          <Button
            variant="default"
            aria-label={words.removeType(uid)}
            onClick={() => change({ contentTypeEvents: contentTypeEvents.filter((_, at) => at !== index) })}
          >
            ✕
          </Button>
        </Group>
      ))}
      {faults['contentTypeEvents'] && (
        <Text c="var(--mantine-color-error)" size="sm" role="alert">
          {faults['contentTypeEvents']}
        </Text>
      )}
      <Button
        size="xs"
        variant="default"
        onClick={() => change({ contentTypeEvents: [...contentTypeEvents, { uid: '', events: [] }] })}
      >
        {words.addType}
      </Button>
    </Stack>
  );
}
