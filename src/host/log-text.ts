/** The most characters of a log line's message, and of a stack. */
const MOST_IN_MESSAGE = 4_000;
const MOST_IN_STACK = 16_000;

// Control characters of ASCII and of Latin-1, what ends a line in Unicode, and what turns the direction of writing.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What the JSON parser says behind the data that it quotes. */
const NOT_JSON = ' is not valid JSON';

/** What MySQL says before the data that it quotes, and behind it. */
const BEFORE_DATA = ["Duplicate entry '", "near '", "value: '"];
const BEHIND_DATA = ["' for ", "' at line "];
const QUOTE = "'";

/**
 * Makes one line of a message, or of the part of it that a receiver, a caller or the database has written. The loggers of
 * the standalone program do it with every message. A host logs in its own way, so that such parts go through it before.
 *
 * So it makes a line: control characters are escaped, so that no text of a receiver or a caller forges a line or
 * steers a terminal; data that an error quotes is left out; what is longer than 4,000 characters is cut.
 */
export function toLogLine(message: string): string {
  return cut(escapeControls(leaveOutData(message)), MOST_IN_MESSAGE);
}

/** Makes the lines of a stack: as {@link toLogLine}, but its own line ends stay, each line behind the first indented. */
export function toLogStack(stack: string): string {
  const lines = leaveOutData(stack).split('\n').map(escapeControls);
  return cut(
    lines.map((line, index) => (index === 0 || line.startsWith('    ') ? line : `    ${line}`)).join('\n'),
    MOST_IN_STACK,
  );
}

/** Searches only, from both ends: an expression would look for the end of the data from each quote anew. */
function leaveOutData(text: string): string {
  return leaveOutSqlData(leaveOutJson(text));
}

function leaveOutJson(text: string): string {
  const end = text.lastIndexOf(NOT_JSON);
  const quote = text.indexOf('"');
  if (end < 0 || quote < 0 || quote > end) return text;
  const start = text.startsWith('...', quote - 3) && quote >= 3 ? quote - 3 : quote;
  return `${text.slice(0, start)}the text is not valid JSON${text.slice(end + NOT_JSON.length)}`;
}

function leaveOutSqlData(text: string): string {
  const starts = BEFORE_DATA.map((words) => ({ at: text.indexOf(words), words })).filter(({ at }) => at >= 0);
  const first = starts.toSorted((one, other) => one.at - other.at)[0];
  if (!first) return text;
  const known = Math.max(...BEHIND_DATA.map((words) => text.lastIndexOf(words)));
  // Where nothing of that stands behind the data, it ends with the last quote.
  const end = known < first.at + first.words.length ? text.lastIndexOf(QUOTE) : known;
  if (end < first.at + first.words.length) return text;
  return `${text.slice(0, first.at + first.words.length)}…${text.slice(end)}`;
}

function escapeControls(text: string): string {
  return text.replace(CONTROL, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}… (${text.length - most} characters more)` : text;
}
