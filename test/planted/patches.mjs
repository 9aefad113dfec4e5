// Reads the planted faults and puts one into a tree. Plain JavaScript, so that the runner needs no compiler;
// patches.d.mts has its types.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads all patches of a folder, in the order of their names. */
export function readPatches(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .toSorted()
    .map((name) => parsePatch(name.replace(/\.patch$/, ''), readFileSync(join(folder, name), 'utf8')));
}

/** Reads one patch: a head that names the fault and the specs that catch it, then a diff as git writes it. */
export function parsePatch(name, text) {
  const begin = text.indexOf('diff --git ');
  const head = begin < 0 ? text : text.slice(0, begin);
  const [fault, ...more] = values(head, 'Fault');
  const specs = values(head, 'Caught by');
  const [tests = null] = values(head, 'Tests');
  if (fault === undefined || more.length > 0 || specs.length === 0 || begin < 0) {
    throw new Error(
      `${name}.patch needs one line "Fault: …", a line "Caught by: <spec>" for each spec, and a git diff below them.`,
    );
  }
  return { name, fault, specs, tests, changes: changesOf(text.slice(begin)) };
}

/**
 * Plants a fault in a tree. The place of a change is found by its lines and not by their numbers, so a patch holds
 * until the lines themselves change.
 *
 * @returns a function that takes the fault out again
 * @throws {Error} when a place is not found exactly once; nothing is written then
 */
export function plant({ name, changes }, tree) {
  const before = new Map();
  const after = new Map();
  for (const { path, from, to } of changes) {
    const file = join(tree, path);
    if (!before.has(file)) before.set(file, readFileSync(file, 'utf8'));
    const text = after.get(file) ?? before.get(file);
    const places = text.split(from).length - 1;
    if (places !== 1) {
      throw new Error(
        `${name}.patch does not apply: its lines stand ${places} times in ${path}, not once. ` +
          'Make the change by hand, write `git diff -U2` into the patch below its head, and undo the change.',
      );
    }
    after.set(
      file,
      text.replace(from, () => to),
    );
  }
  const write = (files) => files.forEach((text, file) => writeFileSync(file, text));
  write(after);
  return () => write(before);
}

function values(head, label) {
  return [...head.matchAll(new RegExp(`^${label}: (.+)$`, 'gm'))].map(([, value]) => value.trim());
}

/** The hunks of a diff: what stands in which file, and what takes its place. */
function changesOf(diff) {
  const changes = [];
  let path = '';
  for (const line of diff.trimEnd().split('\n')) {
    if (line.startsWith('+++ b/')) path = line.slice('+++ b/'.length);
    else if (line.startsWith('@@ ')) changes.push({ path, from: '', to: '' });
    else if (/^(?:diff|index|---) /.test(line)) continue;
    else addLine(changes.at(-1), line);
  }
  return changes;
}

function addLine(change, line) {
  const text = `${line.slice(1)}\n`;
  if (!line.startsWith('+')) change.from += text;
  if (!line.startsWith('-')) change.to += text;
}
