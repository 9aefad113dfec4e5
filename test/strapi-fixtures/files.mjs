import { buildPng } from './png.mjs';

/** The files that the changes upload, by name. */
export const FILES = {
  'pixel.png': { bytes: buildPng(1, 1), type: 'image/png' },
  'photo.png': { bytes: buildPng(600, 400), type: 'image/png' },
  'notes.txt': { bytes: Buffer.from('Notes.\n'), type: 'text/plain' },
};
