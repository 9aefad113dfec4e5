import { useInfiniteQuery } from '@tanstack/react-query';
import { isEmpty } from '../../api/delivery-filter.js';
import { deliveriesQuery } from '../../api/deliveries.js';
import { Behind } from '../../components/behind.js';
import { Failure } from '../../components/failure.js';
import { Loading } from '../../components/loading.js';
import { PageTitle } from '../../components/page-title.js';
import { Teaching } from '../../components/teaching.js';
import { strings } from '../../strings.js';
import { DeliveryTable } from './delivery-table.js';
import { Filters } from './filters.js';
import { RedeliverAll } from './redeliver-all.js';
import { useFilter } from './use-filter.js';

/** What was sent to whom, and what became of it. */
export default function DeliveriesPage() {
  const words = strings.deliveries;
  const [filter, changeFilter] = useFilter();
  const list = useInfiniteQuery(deliveriesQuery(filter));
  const deliveries = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <>
      <PageTitle title={words.title}>
        <RedeliverAll filter={filter} />
      </PageTitle>
      <Filters filter={filter} onChange={changeFilter} />
      <Behind seconds={list.data?.pages[0]?.meta.secondsBehind ?? null} />
      {list.error && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && deliveries.length > 0 && (
        <DeliveryTable
          deliveries={deliveries}
          filter={filter}
          hasMore={list.hasNextPage}
          isLoadingMore={list.isFetchingNextPage}
          loadMore={() => void list.fetchNextPage()}
        />
      )}
      {list.data && deliveries.length === 0 && !list.error && <Nothing isFiltered={!isEmpty(filter)} />}
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const { empty, noneFound } = strings.deliveries;
  return isFiltered ? (
    <Teaching title={noneFound.title} text={noneFound.text} />
  ) : (
    <Teaching title={empty.title} text={empty.text} commands={[empty.curl]} />
  );
}
