'use strict';

const { buildBody, buildPopulate, sanitizeEntry } = require('./event-body');

/** What each action of the document service is for the entries of its answer. */
const EVENTS_OF_ANSWERS = {
  publish: 'entry.publish',
  unpublish: 'entry.unpublish',
  discardDraft: 'entry.draft-discard',
  clone: 'entry.create',
  delete: 'entry.delete',
};

/** The entry is no more: what the action answers is the last that is known of it. */
const GONE = ['entry.delete', 'entry.unpublish'];

const WRITES = ['create', 'update', ...Object.keys(EVENTS_OF_ANSWERS)];

/**
 * Records the events of entries in the transaction of their change. Strapi's own are emitted after the commit, so that a
 * process that ends between the two loses them.
 */
function recordEntries({ strapi, outbox, onRecorded, ownWebhooks }) {
  const record = (context, next) =>
    WRITES.includes(context.action)
      ? recordAction({ strapi, outbox, onRecorded, ownWebhooks }, context, next)
      : next();
  keepInnermost(strapi.documents, record);
}

/**
 * Registers a middleware that stays behind all others, also those that are registered later: it sees what Strapi's own
 * action answers, and no other middleware's work becomes part of its transaction.
 */
function keepInnermost(documents, middleware) {
  const { use } = documents;
  let takeOut = use(middleware);
  documents.use = (other) => {
    takeOut();
    const remove = use(other);
    takeOut = use(middleware);
    return remove;
  };
}

function recordAction({ ownWebhooks, ...parts }, context, next) {
  return ownWebhooks.runChange((scope) => recordInTransaction({ ...parts, scope }, context, next));
}

function recordInTransaction({ strapi, outbox, onRecorded, scope }, context, next) {
  return strapi.db.transaction(async ({ trx, onCommit }) => {
    const { action, uid, params } = context;
    const before = action === 'create' ? [] : await findVersions(strapi, uid, params?.documentId);
    const answer = await next();
    const changes =
      action in EVENTS_OF_ANSWERS
        ? (answer?.entries ?? []).map((entry) => ({ event: EVENTS_OF_ANSWERS[action], entry }))
        : await findChanges(strapi, context, answer, before);
    const events = [];
    for (const change of changes) events.push(await describeChange(strapi, uid, change, before));
    const mirrored = await outbox.insert(trx, events);
    for (const { event, entry } of changes) scope.note(event, entry.id, mirrored);
    onCommit(onRecorded);
    return answer;
  });
}

/** The rows of a document: its draft and its published version, of every locale. */
function findVersions(strapi, uid, documentId) {
  if (!documentId) return [];
  return strapi.db.query(uid).findMany({
    where: { documentId },
    select: ['id', 'documentId', 'locale', 'publishedAt'],
  });
}

/**
 * Finds what `create` and `update` have done. They answer with one version: with the published one when they were told
 * to publish too, which is a second event.
 */
async function findChanges(strapi, { uid, contentType, params }, answer, before) {
  if (!answer?.id) return [];
  const known = before.map(({ id }) => id);
  const changeOf = (entry) => ({
    event: known.includes(entry.id) ? 'entry.update' : 'entry.create',
    entry,
  });
  const [answered] = await strapi.db.query(uid).findMany({
    where: { id: answer.id },
    select: ['id', 'documentId', 'locale', 'publishedAt'],
  });
  const hasDrafts = contentType.options?.draftAndPublish === true;
  if (!hasDrafts || params?.status !== 'published') return [changeOf(answered)];
  const versions = await findVersions(strapi, uid, answered.documentId);
  const ofLocale = versions.filter(({ locale }) => (locale ?? null) === (answered.locale ?? null));
  return [
    ...ofLocale.filter(({ publishedAt }) => !publishedAt).map(changeOf),
    ...ofLocale.filter(({ publishedAt }) => publishedAt).map((entry) => ({ event: 'entry.publish', entry })),
  ];
}

async function describeChange(strapi, uid, { event, entry }, before) {
  const whole = GONE.includes(event)
    ? entry
    : await strapi.db.query(uid).findOne({ where: { id: entry.id }, populate: buildPopulate(strapi, uid) });
  const model = strapi.getModel(uid);
  const parts = { model: model.modelName, uid: model.uid, entry: await sanitizeEntry(strapi, uid, whole) };
  return { event, uid, orderingKey: buildOrderingKey(whole, before), body: buildBody(event, parts) };
}

/** The document and its locale. An entry that was asked for with `fields` may have come without them. */
function buildOrderingKey(entry, before) {
  const known = before.find(({ id }) => id === entry.id);
  const documentId = entry.documentId ?? known?.documentId ?? entry.id;
  const locale = entry.locale ?? known?.locale ?? null;
  return locale === null ? String(documentId) : `${documentId}/${locale}`;
}

module.exports = { recordEntries };
