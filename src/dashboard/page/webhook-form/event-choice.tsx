import { Checkbox, Fieldset, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../api/webhooks.js';
import { Queried } from '../components/queried.js';
import { useMaySet } from '../session/session.js';
import { strings } from '../strings.js';
import { ContentTypeChoice } from './content-type-choice.js';
import { groupsOf, isCovered } from './event-groups.js';
import type { FieldsProps } from './fields.js';

/** What the webhook is told of, picked from the catalogue. */
export function EventChoice(props: FieldsProps) {
  const { form, change, faults } = props;
  const words = strings.webhookForm.events;
  const types = useQuery(eventTypesQuery);
  const { events } = form;
  const maySet = useMaySet();
  const box = (name: string, label: string, description?: string) => {
    const covered = isCovered(name, events);
    return (
      <Checkbox
        key={name}
        label={label}
        description={covered ? words.covered : description}
        checked={covered || events.includes(name)}
        disabled={covered}
        onChange={({ currentTarget: { checked } }) =>
          change({ events: checked ? [...events, name] : events.filter((other) => other !== name) })
        }
      />
    );
  };
  return (
    <Fieldset legend={words.legend}>
      <Queried query={types}>
        {(all) => (
          <Stack>
            {box('*', words.all, words.allHint)}
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg">
              {groupsOf(all).map(([prefix, ofPrefix]) => (
                <Stack key={prefix} gap="xs" role="group" aria-label={`${prefix}.*`}>
                  {ofPrefix.length > 1 && box(`${prefix}.*`, words.group(prefix))}
                  <Stack gap="xs" pl={ofPrefix.length > 1 ? 'lg' : 0}>
                    {ofPrefix.map(({ name, description }) => box(name, name, description))}
                  </Stack>
                </Stack>
              ))}
            </SimpleGrid>
            {faults['events'] && (
              <Text c="var(--mantine-color-error)" size="sm" role="alert">
                {faults['events']}
              </Text>
            )}
            {maySet('contentTypeEvents') && <ContentTypeChoice {...props} types={all} />}
          </Stack>
        )}
      </Queried>
    </Fieldset>
  );
}
