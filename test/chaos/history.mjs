/** As many as a page may have. */
const EVENTS_PER_PAGE = 200;
const ENTRIES_PER_PAGE = 100;

/** Whether anything is still on its way. */
export async function anyPending(api, fleet) {
  const { data } = await api.insist(fleet, 'GET', '/admin/deliveries?state=pending&limit=1');
  return data.length > 0;
}

/** What the backend itself says at the end, through its own API. */
export async function readHistory(api, fleet) {
  return {
    events: await pages(api, fleet, '/admin/events'),
    pending: await pages(api, fleet, '/admin/deliveries?state=pending'),
    failed: await pages(api, fleet, '/admin/deliveries?state=failed'),
    entries: await entries(api, fleet),
  };
}

async function pages(api, fleet, path) {
  const rows = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: EVENTS_PER_PAGE, ...(cursor === null ? {} : { cursor }) });
    const page = await api.insist(fleet, 'GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);
    rows.push(...page.data);
    cursor = page.meta.nextCursor;
  } while (cursor !== null);
  return rows;
}

async function entries(api, fleet) {
  const found = [];
  for (let page = 1; ; page += 1) {
    const query = `sort=id:asc&pagination[page]=${page}&pagination[pageSize]=${ENTRIES_PER_PAGE}`;
    const { data } = await api.insist(fleet, 'GET', `/api/addresses?${query}`);
    for (const { id, full_name: mark } of data) found.push({ id, mark });
    if (data.length < ENTRIES_PER_PAGE) return found;
  }
}
