/** The most characters of a log line's message, and of a stack. */
const MOST_IN_MESSAGE = 4_000;
const MOST_IN_STACK = 16_000;

// Control characters of ASCII and of Latin-1, what ends a line in Unicode, and what turns the direction of writing.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What the JSON parser and MySQL quote of the data that they refuse. */
const QUOTED_DATA: readonly [RegExp, string][] = [
  [/(?:\.{3})?"[^]*"(?:\.{3})? is not valid JSON/g, 'the text is not valid JSON'],
  [/\b(Duplicate entry|near|value:) '[^]*'(?= for | at line )/g, "$1 '…'"],
];

/**
 * Makes one line of a message: control characters are escaped, so that no text of a receiver or a caller forges a line
 * or steers a terminal; data that an error quotes is left out; what is longer than 4,000 characters is cut.
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

function leaveOutData(text: string): string {
  return QUOTED_DATA.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);
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
