import type { GraphDef } from '../../../network/graph/graph-def';
import { parseOutputName } from '../../output-name';

const collectivePrefix = 'Collective';

export function hasCollectives(graph: GraphDef): boolean {
  return graph.nodes.some(({ op }) => op.startsWith(collectivePrefix));
}

/** Names of the nodes that cannot be run without a collective. */
export function nodesWithCollectives(graph: GraphDef): Set<string> {
  const found = new Set<string>();
  for (const { name, op, inputs } of graph.nodes) {
    if (op.startsWith(collectivePrefix) || inputs.some((input) => found.has(parseOutputName(input.replace(/^\^/, '')).node))) found.add(name);
  }
  return found;
}
