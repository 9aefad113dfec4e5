import { Anchor, Breadcrumbs, Grid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearchParams } from 'wouter';
import { deliveryQuery } from '../../api/deliveries.js';
import type { DeliveryDetail } from '../../api/views.js';
import { Exchange, Sent } from '../../components/exchange.js';
import { PageTitle } from '../../components/page-title.js';
import { Queried } from '../../components/queried.js';
import { StateBadge } from '../../components/state-badge.js';
import { strings } from '../../strings.js';
import { AttemptTimeline } from './attempt-timeline.js';
import { DeliveryActions } from './delivery-actions.js';
import { DeliveryFacts } from './delivery-facts.js';

/** One event for one webhook: everything that was sent for it and came back. */
export default function DeliveryPage() {
  const { id } = useParams<{ id: string }>();
  const delivery = useQuery(deliveryQuery(id));
  return (
    <>
      <Breadcrumbs mb="xs">
        <Anchor component={Link} href="/deliveries" size="sm">
          {strings.delivery.all}
        </Anchor>
        <Text size="sm">{id}</Text>
      </Breadcrumbs>
      <Queried query={delivery}>{(data) => <Content delivery={data} />}</Queried>
    </>
  );
}

function Content({ delivery }: { delivery: DeliveryDetail }) {
  const [search, setSearch] = useSearchParams();
  const { attempts, request } = delivery;
  const chosen = attempts.find(({ number }) => String(number) === search.get('attempt')) ?? attempts.at(-1);
  return (
    <>
      <PageTitle
        title={strings.delivery.title(delivery.event)}
        badge={<StateBadge state={delivery.state} reason={delivery.reason} />}
      >
        <DeliveryActions delivery={delivery} attempt={chosen} />
      </PageTitle>
      <Stack>
        <Grid>
          <Grid.Col span={{ base: 12, md: 7 }}>
            <DeliveryFacts delivery={delivery} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 5 }}>
            <AttemptTimeline
              attempts={attempts}
              chosen={chosen?.number}
              onChoose={(number) => setSearch({ attempt: String(number) }, { replace: true })}
            />
          </Grid.Col>
        </Grid>
        {chosen ? (
          <Exchange key={chosen.number} attempt={chosen} body={request.body} />
        ) : (
          request.url !== null && <Sent of={strings.delivery.toCome} {...request} url={request.url} />
        )}
      </Stack>
    </>
  );
}
