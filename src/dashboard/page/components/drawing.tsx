import { type ReactNode, useEffect, useRef } from 'react';

/** The charts' layers: React listens to `focus` on each, for which browsers make an SVG element a stop of the keyboard. */
const LAYERS = 'g[class^="recharts-zIndex-layer"]:not([tabindex])';

/** A chart whose figures stand beside it in words: screen readers pass over it, and so does the Tab key. */
export function Drawing({ children }: { children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const drawn = frame.current;
    if (!drawn) return;
    const takeOut = () => {
      for (const layer of drawn.querySelectorAll(LAYERS)) layer.setAttribute('tabindex', '-1');
    };
    const observer = new MutationObserver(takeOut);
    observer.observe(drawn, { childList: true, subtree: true });
    takeOut();
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={frame} aria-hidden="true">
      {children}
    </div>
  );
}
