// A Chromium or Chrome that is installed: named by CHROMIUM, in the PATH, or where systems put it.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const USUAL_PLACES = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

// It runs headless in containers, and speaks to nobody but the program under test.
export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...places, ...USUAL_PLACES].find((path) => existsSync(path)) ?? null;
}

/**
 * The path of an installed browser; where there is none, says so and ends the process.
 *
 * @param outcome what that means, as the beginning of a sentence
 */
export function requireChromium(outcome) {
  const path = findChromium();
  if (path) return path;
  console.error(
    `${outcome}: no Chromium or Chrome was found. Install one (apt-get install chromium) or name one with CHROMIUM=/path/to/chromium.`,
  );
  process.exit(1);
}

export function openChromium(executablePath) {
  return chromium.launch({ executablePath, args: FLAGS });
}
