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
