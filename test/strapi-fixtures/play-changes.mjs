/** The events that have the version that changes are made to. In Strapi the published version has other ids. */
const OF_DRAFTS = ['entry.create', 'entry.update', 'entry.draft-discard'];

/**
 * Plays a list of changes against a server, one after another.
 *
 * A change's data names what earlier changes made: `{$entry: name}`, `{$file: name}`, and `{$component: [name, …path]}` for
 * the id of a component as the last body of its draft has it.
 *
 * @param changes of changes.json
 * @param server makes each change, and returns the bodies that it sent for it, parsed
 * @returns the bodies of each change, in the order of the changes
 */
export async function playChanges(changes, server) {
  const made = new Map();
  const types = new Map();
  const last = new Map();
  const sent = [];
  const resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    if ('$entry' in value) return server.toReference(made.get(value.$entry));
    if ('$file' in value) return made.get(value.$file).id;
    if ('$component' in value) {
      const [name, ...path] = value.$component;
      return path.reduce((node, key) => node[key], last.get(name)).id;
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one)]));
  };
  for (const change of changes) {
    const name = change.as ?? change.of;
    if (change.type !== undefined) types.set(name, change.type);
    const to = change.to && {
      thing: made.get(change.to[0]),
      type: types.get(change.to[0]),
      field: change.to[1],
    };
    const asked = { ...change, type: types.get(name), of: made.get(name), data: resolve(change.data), to };
    const { thing, events } = await server.make(asked);
    if (thing) made.set(name, thing);
    for (const { body } of events) if (OF_DRAFTS.includes(body.event)) last.set(name, body.entry);
    sent.push(events);
  }
  return { sent, made };
}
