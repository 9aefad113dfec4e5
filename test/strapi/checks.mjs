import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.mjs';

const ARTICLE = 'api::article.article';
const TAG = 'api::tag.tag';
export const ADMINISTRATOR = { email: 'admin@example.com', password: 'Password123' };

/**
 * Makes every kind of change, one after the other, and compares each row with what Strapi itself emits.
 *
 * @returns {Promise<string[]>} faults
 */
export async function compareBodies(instance, tables) {
  const emitted = [];
  const readRows = () => tables.query('SELECT body FROM posthorn_outbox ORDER BY id');
  const call = async (name, body) => {
    const answer = await instance.call('POST', `/api/hands/${name}`, body);
    // Strapi reads an entry again after it has answered: the next change waits for it.
    await eventually(async () => {
      emitted.push(...(await instance.call('POST', '/api/hands/emitted', {})));
      assert.ok(
        emitted.length >= (await readRows()).length,
        'Strapi emitted fewer events than were recorded',
      );
    }, 5_000);
    return answer;
  };
  const run = (uid, action, params) => call('documents', { uid, action, params });
  const tag = await run(TAG, 'create', { data: { title: 'tag', version: 1, secret: 'private-text' } });
  const file = await call('upload', { name: 'file-1' });
  const seo = { headline: 'told', hidden: 'private-text' };
  const data = {
    title: 'whole',
    version: 1,
    secret: 'private-text',
    password: 'private-text',
    seo,
    blocks: [{ __component: 'shared.seo', ...seo }],
    cover: file.id,
    tags: [tag.documentId],
  };
  const { documentId } = await run(ARTICLE, 'create', { data });
  await run(ARTICLE, 'publish', { documentId });
  await run(ARTICLE, 'update', { documentId, data: { title: 'changed', version: 2 } });
  await run(ARTICLE, 'update', { documentId, data: { version: 3 }, status: 'published' });
  await run(ARTICLE, 'update', { documentId, data: { version: 4 } });
  await run(ARTICLE, 'discardDraft', { documentId });
  await run(ARTICLE, 'clone', { documentId, data: { version: 5 } });
  await run(ARTICLE, 'unpublish', { documentId });
  await run(ARTICLE, 'create', { data: { ...data, version: 6 }, status: 'published' });
  await call('rename', { id: file.id, name: 'file-2' });
  await run(ARTICLE, 'delete', { documentId });
  await call('remove', { id: file.id });
  await run(TAG, 'update', { documentId: tag.documentId, data: { version: 2 } });
  await run(TAG, 'delete', { documentId: tag.documentId });
  const recorded = (await readRows()).map(({ body }) => {
    const { createdAt: _createdAt, ...told } = JSON.parse(body);
    return told;
  });
  // Strapi emits a file's removal before it, and what one action does in any order.
  const [ours, theirs] = [recorded, emitted.map((body) => JSON.parse(body))].map((all) =>
    all.map(sortPopulated).toSorted(),
  );
  const faults = [];
  if (ours.length !== theirs.length)
    faults.push(`${ours.length} rows were recorded, and Strapi emitted ${theirs.length}`);
  for (const [index, body] of ours.entries()) {
    if (body !== theirs[index]) faults.push(`a body is ${body}, and Strapi's own is ${theirs[index]}`);
  }
  await instance.call('POST', '/api/hands/emit', { event: 'order.paid', info: { order: 7 } });
  return faults;
}

/**
 * The text of a body, its keys in their order. Relations, files and components come after the rest in the order in which
 * their queries ended, which is another each time, in Strapi's bodies too: they are sorted.
 */
function sortPopulated(body) {
  const [part] = ['entry', 'media'].filter((key) => key in body);
  const keys = Object.entries(body[part]);
  const isPopulated = ([, value]) => typeof value === 'object' && value !== null;
  const sorted = [
    ...keys.filter((one) => !isPopulated(one)),
    ...keys.filter(isPopulated).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ];
  return JSON.stringify({ ...body, [part]: Object.fromEntries(sorted) });
}

/**
 * Lets one entry be refused: it is set aside and seen, its later event waits, others go on; then it is sent again.
 *
 * @returns {Promise<string[]>} faults
 */
export async function refuseOneEntry(instance, ways, tables) {
  const run = (uid, action, params) => instance.call('POST', '/api/hands/documents', { uid, action, params });
  const [refused, other] = [
    await run(TAG, 'create', named('refused')),
    await run(TAG, 'create', named('other')),
  ];
  await waitUntilSent(tables, [refused.documentId, other.documentId], 1);
  for (const way of ways) way.isRefused = (body) => body.includes(refused.documentId);
  for (const { documentId } of [refused, other]) {
    await run(TAG, 'update', { documentId, data: { version: 2 } });
    await run(TAG, 'update', { documentId, data: { version: 3 } });
  }
  try {
    await waitUntilSent(tables, [other.documentId], 3);
    await eventually(async () => {
      const states = await statesOf(tables, refused.documentId);
      assert.deepEqual(states, ['sent', 'set-aside', 'pending']);
    });
    await assert.rejects(instance.call('GET', '/posthorn/state'), /answered 401/);
    await instance.call('POST', '/api/hands/administrator', ADMINISTRATOR);
    const { token } = await instance.call('POST', '/admin/login', ADMINISTRATOR);
    const headers = { authorization: `Bearer ${token}` };
    const { setAside, rowsSetAside } = await instance.call('GET', '/posthorn/state', undefined, headers);
    assert.equal(setAside, 1);
    assert.equal(rowsSetAside[0].entry, refused.documentId);
    assert.match(rowsSetAside[0].problem, /422: refused on the way/);
    for (const way of ways) way.isRefused = () => false;
    await instance.call('POST', `/posthorn/rows/${rowsSetAside[0].id}/retry`, {}, headers);
    await waitUntilSent(tables, [refused.documentId], 3);
    return [];
  } catch (error) {
    return [`an entry that is refused: ${error.message}`];
  } finally {
    for (const way of ways) way.isRefused = () => false;
  }
}

function named(title) {
  return { data: { title, version: 1 } };
}

async function statesOf(tables, documentId) {
  const rows = await tables.query(
    `SELECT state FROM posthorn_outbox WHERE ordering_key = '${documentId}' ORDER BY id`,
  );
  return rows.map(({ state }) => state);
}

function waitUntilSent(tables, documentIds, count) {
  return eventually(async () => {
    for (const documentId of documentIds) {
      const states = await statesOf(tables, documentId);
      assert.equal(
        states.filter((state) => state === 'sent').length,
        count,
        `${documentId} is ${states.join(', ')}`,
      );
    }
  });
}
