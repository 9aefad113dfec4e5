/** What a rich text of blocks is made of, and where it has its parts. */
const BLOCKS = ['paragraph', 'heading', 'list', 'list-item', 'quote', 'code', 'image', 'link', 'text'];

/**
 * What is wrong with a rich text of blocks, null when nothing is: a list of objects, each with a `type` and, unless it
 * is a `text` with its `text`, with `children` that are the same. The request's depth is bounded by then.
 */
export function blocksProblem(value: unknown, property: string): string | null {
  if (!Array.isArray(value)) return `${property} must be an array of blocks`;
  for (const [index, block] of value.entries()) {
    const problem = blockProblem(block, `${property}[${index}]`);
    if (problem !== null) return problem;
  }
  return null;
}

function blockProblem(block: unknown, property: string): string | null {
  if (typeof block !== 'object' || block === null || Array.isArray(block)) {
    return `${property} must be a block such as {"type": "paragraph", "children": [{"type": "text", "text": ""}]}`;
  }
  const { type, text, children } = block as Record<string, unknown>;
  if (typeof type !== 'string' || !BLOCKS.includes(type)) {
    return `${property}.type must be one of the following values: ${BLOCKS.join(', ')}`;
  }
  if (type === 'text') return typeof text === 'string' ? null : `${property}.text must be text`;
  return blocksProblem(children, `${property}.children`);
}
