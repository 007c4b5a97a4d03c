import type { GraphDef, HostTensor } from '../graph/graph-def';

/** What runs a graph; an engine is one. */
export interface GraphRunner {
  openSession(graph: GraphDef): {
    run(feeds: Readonly<Record<string, HostTensor>>, fetches: readonly string[]): Promise<HostTensor[]>;
    close(): void;
  };
}
