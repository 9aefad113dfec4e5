// Runs every regular expression of src and every parser of what people send on text that is made to be slow to judge.
// Whoever started it ends it when it takes too long: a hang cannot be told from within.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const DIST = new URL('../../dist/', import.meta.url);
const LENGTH = 1024 * 1024;

const repeated = (part) => part.repeat(Math.ceil(LENGTH / part.length)).slice(0, LENGTH);

/** What repetition in a pattern likes to begin with, and an end that makes it try again. */
const STARTS = ['', 'Bearer ', 'http://a', '2020-01-01T00:00:00.'];
const PARTS = [
  'a',
  'A',
  '0',
  ' ',
  '\t',
  '\n',
  ' \n',
  '.',
  'a.',
  '-',
  '_',
  ',',
  ':',
  '/',
  '%',
  '+',
  '=',
  '\\"',
  '[',
  '{',
  '<!--',
  '<a',
  '@',
  'é',
  '\u0000',
  '0.',
  '*',
  'x ',
];
const ENDS = ['!', '\n'];

const texts = STARTS.flatMap((start) =>
  PARTS.flatMap((part) => ENDS.map((end) => start + repeated(part) + end)),
);

const problems = [];
let runs = 0;

for (const { file, pattern } of patternsIn(SRC)) {
  for (const text of texts) {
    announce(`${file}: ${pattern}`, text);
    pattern.lastIndex = 0;
    // `replace` goes on where `test` stops at the first.
    if (pattern.global) text.replace(pattern, '');
    else pattern.test(text);
    runs += 1;
  }
}

for (const [name, parse] of await parsers()) {
  for (const text of texts) {
    announce(name, text);
    try {
      parse(text);
    } catch (error) {
      // A refusal is an answer; anything else is none.
      if (typeof error.getStatus !== 'function' && !/Error$/.test(error.name ?? ''))
        problems.push(`${name}: ${error}`);
      if (error instanceof RangeError || error instanceof TypeError) problems.push(`${name}: ${error.stack}`);
    }
    runs += 1;
  }
}

console.log(JSON.stringify({ runs, problems: problems.slice(0, 10) }));

/** The last line of a run that hangs says where. */
function announce(name, text) {
  if (name === announce.last) return;
  announce.last = name;
  process.stderr.write(`${name} (${text.length} characters)\n`);
}

function* patternsIn(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name) && !entry.name.endsWith('.spec.ts'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const found = [];
    const visit = (node) => {
      if (ts.isRegularExpressionLiteral(node)) found.push(node.text);
      ts.forEachChild(node, visit);
    };
    visit(source);
    for (const literal of found) {
      const end = literal.lastIndexOf('/');
      yield { file, pattern: new RegExp(literal.slice(1, end), literal.slice(end + 1)) };
    }
  }
}

async function parsers() {
  const from = (path) => import(new URL(path, DIST).href);
  const { findUrlProblem } = await from('webhooks/registrations/url-problem.js');
  const { findHeaderProblems } = await from('webhooks/registrations/header-problems.js');
  const { findContentTypeEventsProblems } = await from('webhooks/subscriptions/content-type-events.js');
  const { EventCatalogue } = await from('events/event-catalogue.js');
  const { parseRetryAfter } = await from('delivery/retry/retry-after.js');
  const { readCursor, readLimit, readTime } = await from('http/pagination.js');
  const { readPageRequest } = await from('http/pagination.js');
  const { findTargetProblem } = await from('http/request-bounds.js');
  const { toOriginForm } = await from('http/server-bounds.js');
  const { findTenantProblem } = await from('auth/tenancy.js');
  const { findFileNameProblem, getExtension, normalizeMimeType } = await from('media/upload/file-name.js');
  const { parseFileInfos } = await from('media/upload/file-infos.js');
  const { decideType } = await from('media/upload/detect-type.js');
  const { findScalarProblem } = await from('content/validation/scalar-problem.js');
  const { parseContentType } = await from('content/schema-files/parse-content-type.js');
  const { createSchemaContext } = await from('content/schema-files/schema-context.js');
  const { parseId } = await from('content/entry-id.js');
  const { parseBearerToken } = await from('admin/guard/bearer-token.js');
  const catalogue = new EventCatalogue();
  const typed = ['email', 'uid', 'date', 'datetime', 'string'].map((type) => [
    `an attribute of type ${type}`,
    (text) => findScalarProblem({ name: 'a', type, required: false, private: false, unique: false }, text),
  ]);
  return [
    ['findUrlProblem', findUrlProblem],
    ['a header name', (text) => findHeaderProblems({ [text]: 'a' })],
    ['a header value', (text) => findHeaderProblems({ a: text })],
    [
      'contentTypeEvents',
      (text) => findContentTypeEventsProblems({ a: [text], [text]: [] }, ['a'], catalogue),
    ],
    ['an event type', (text) => catalogue.register({ name: text })],
    ['Retry-After', (text) => parseRetryAfter(text, 0)],
    ['a cursor', readCursor],
    ['a limit', readLimit],
    ['a time', (text) => readTime('from', text)],
    ['a page', (text) => readPageRequest({ page: text })],
    ['a target', findTargetProblem],
    ['the form of a target', toOriginForm],
    ['a tenant', findTenantProblem],
    ['a file name', findFileNameProblem],
    ['an extension', getExtension],
    ['a type', normalizeMimeType],
    ['fileInfo', (text) => parseFileInfos(text, 1)],
    ['the type of bytes', (text) => decideType(Buffer.from(text.slice(0, 4_096)), undefined, text)],
    [
      'a content type',
      (text) => {
        const context = { api: null, components: new Map(), ...createSchemaContext() };
        return parseContentType({ kind: 'collectionType', collectionName: text }, 'a.json', context);
      },
    ],
    ['an entry’s id', parseId],
    ['an Authorization header', parseBearerToken],
    ...typed,
  ];
}
