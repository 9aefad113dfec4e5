// The keyboard's way through a page: what is reached by Tab alone, and whether one sees where one is.
import assert from 'node:assert/strict';

const MOST_STOPS = 150;

/** Presses Tab (or Shift+Tab) until an element has the focus; at every stop on the way the focus must be seen. */
export async function reach(page, target, key = 'Tab') {
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    await page.keyboard.press(key);
    const unseen = await page.evaluate(unseenFocus);
    assert.equal(unseen, null, `The focus is not seen on ${unseen}`);
    if (await target.evaluateAll((found) => found.length > 0 && found[0] === document.activeElement)) return;
  }
  assert.fail(`${target} is not reached by ${key}.`);
}

const LONGEST_CHOICE_MS = 2_000;

/**
 * Chooses from the list of the field that has the focus, by its arrows. The list forgets what it has marked when its own
 * timer comes after the arrow, and Enter is then lost on it: whoever sees that nothing was chosen goes on.
 */
export async function choose(page, field, name) {
  const press = (key) => page.keyboard.press(key);
  const option = page.getByRole('option', { name });
  for (let tries = 0; tries < 3; tries += 1) {
    if ((await field.getAttribute('aria-expanded')) !== 'true') await press('Enter');
    await option.waitFor();
    do await press('ArrowDown');
    while ((await option.getAttribute('data-combobox-selected')) === null);
    await press('Enter');
    const latest = Date.now() + LONGEST_CHOICE_MS;
    while (Date.now() < latest) if ((await field.inputValue()) === name) return;
  }
  const { outerHTML } = await page.evaluate(() => ({ outerHTML: document.activeElement?.outerHTML }));
  assert.fail(`${name} could not be chosen at ${page.url()}; the focus is on ${outerHTML}.`);
}

/** Runs in the page: what has the focus, as text, where it looks as it does without; null where one can tell. */
function unseenFocus() {
  const focused = document.activeElement;
  // A field for a time has several stops of its own, which leaving it would bring back to the first.
  if (!focused || focused === document.body || focused === window.lastFocused) return null;
  window.lastFocused = focused;
  // Fields show it at the frame around them.
  const around = [focused, focused.parentElement, focused.parentElement?.parentElement].filter(Boolean);
  const look = () => {
    // What changes little by little has changed.
    for (const animation of document.getAnimations())
      if (animation instanceof CSSTransition) animation.finish();
    return around
      .map((element) => {
        const { outlineStyle, outlineColor, borderColor, boxShadow, backgroundColor } =
          getComputedStyle(element);
        return [outlineStyle, outlineColor, borderColor, boxShadow, backgroundColor].join();
      })
      .join(';');
  };
  const withFocus = look();
  focused.blur();
  const without = look();
  focused.focus({ preventScroll: true });
  return withFocus === without ? focused.outerHTML.slice(0, 200) : null;
}
