import { Text, type TextProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { fullTime, relativeTime } from '../format/times.js';
import { strings } from '../strings.js';

const TICK_MS = 1_000;
const listeners = new Set<(now: number) => void>();
let timer: ReturnType<typeof setInterval> | null = null;

/** The time, as often as it can be seen to move. One timer, however many times are on the page. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    listeners.add(setNow);
    timer ??= setInterval(() => listeners.forEach((listener) => listener(Date.now())), TICK_MS);
    return () => {
      listeners.delete(setNow);
      if (listeners.size > 0 || timer === null) return;
      clearInterval(timer);
      timer = null;
    };
  }, []);
  return now;
}

/** How long ago something was, with its exact time beside the pointer and for screen readers. */
export function TimeAgo({ at, ...props }: { at: string | null } & TextProps) {
  const now = useNow();
  if (at === null) return <Text {...props}>{strings.words.never}</Text>;
  return (
    <Text component="time" dateTime={at} title={fullTime(at)} {...props}>
      {relativeTime(at, now)}
    </Text>
  );
}
