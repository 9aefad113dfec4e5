'use strict';

/** A page without data. An admin panel that was built with the plugin shows it in its settings (`strapi-admin.js`). */
const PANEL_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Posthorn's relay</title>
<h1>Posthorn's relay</h1>
<p id="problem" role="status">Loading.</p>
<dl id="state"></dl>
<h2>Set aside</h2>
<table><thead><tr><th>Row<th>Event<th>Entry<th>Problem<tbody id="rows"></table>
<h2>Webhooks that Posthorn sends</h2>
<ul id="webhooks"></ul>
<script src="panel.js" defer></script>
</html>
`;

/** It has the access token made that the admin panel has made too: from the cookie of the login. */
const PANEL_SCRIPT = `'use strict';
const at = (id) => document.getElementById(id);
const add = (parent, name, text) => {
  const element = document.createElement(name);
  element.textContent = text;
  parent.append(element);
};
async function ask(path, options) {
  const answer = await fetch(path, options);
  if (answer.status === 401) throw new Error('Log in to the admin panel, then load this page again.');
  if (!answer.ok) throw new Error(path + ' was answered ' + answer.status + '.');
  return (await answer.json()).data;
}
async function show() {
  const { token } = await ask('../admin/access-token', { method: 'POST' });
  const state = await ask('state', { headers: { authorization: 'Bearer ' + token } });
  const problems = [state.instance.problem, state.webhooks.problem].filter((one) => one !== null);
  at('problem').textContent = problems.join(' ') || 'No problem.';
  for (const [name, label] of [
    ['pending', 'wait'], ['sent', 'sent'], ['setAside', 'set aside'], ['dismissed', 'dismissed'],
    ['oldestPendingAt', 'oldest that waits'],
  ]) {
    add(at('state'), 'dt', label);
    add(at('state'), 'dd', state[name] === null ? 'none' : String(state[name]));
  }
  for (const row of state.rowsSetAside) {
    const line = document.createElement('tr');
    for (const key of ['id', 'event', 'entry', 'problem']) add(line, 'td', String(row[key]));
    at('rows').append(line);
  }
  for (const { name, posthornId } of state.webhooks.mirrored) add(at('webhooks'), 'li', name + ' (' + posthornId + ')');
  for (const { name, problem } of state.webhooks.refused) add(at('webhooks'), 'li', name + ' stays with Strapi: ' + problem);
}
show().catch((error) => {
  at('problem').textContent = error.message;
});
`;

module.exports = { PANEL_PAGE, PANEL_SCRIPT };
