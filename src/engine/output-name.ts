/** `node` or `node:1` as node and output index. */
export function parseOutputName(name: string): { node: string; index: number } {
  const match = /^(.*):(\d+)$/.exec(name);
  return match?.[1] === undefined ? { node: name, index: 0 } : { node: match[1], index: Number(match[2]) };
}
