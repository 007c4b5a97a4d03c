import type { GraphDef, HostTensor } from '../../network/graph/graph-def';
import { encodeGraphDef } from '../../network/graph/graph-def-writer';
import { CollectiveError } from '../collective-error';
import type { GraphSession, NamedTensors } from '../engine';
import { parseOutputName } from '../output-name';
import { RunQueue } from '../run-queue';
import type { Pointer } from './c-api';
import type { ClusterServer } from './cluster/cluster-server';
import { nodesWithCollectives } from './cluster/collective-nodes';
import { encodeRunOptions } from './cluster/server-messages';
import { createNativeTensor, readNativeTensor, type FedTensor } from './native-tensor';
import { present, takeDeviceList, throwIfFailed, type TensorFlowLibrary } from './tensorflow-library';

/** Where a graph with collectives runs. */
export interface CollectivePlace extends ClusterServer {
  /** The same for the sessions of all ranks that run together, and for no others. */
  readonly graphKey: number;
}

/** A graph in a TF_Session. */
export class NativeSession implements GraphSession {
  private readonly graph: Pointer;
  private readonly session: Pointer;
  private readonly queue = new RunQueue(() => this.free());
  /** TF_Buffer of the run options, and the nodes that they are for. */
  private readonly collective: { readonly options: Pointer; readonly nodes: ReadonlySet<string> } | undefined;

  /** @throws Error naming the node that TensorFlow refuses */
  constructor(
    private readonly tensorflow: TensorFlowLibrary,
    graph: GraphDef,
    place?: CollectivePlace,
  ) {
    const { api } = tensorflow;
    this.graph = api.TF_NewGraph();
    try {
      importGraph(tensorflow, this.graph, graph);
      this.session = newSession(tensorflow, this.graph, place);
      if (place) {
        const options = encodeRunOptions(place.graphKey);
        this.collective = { options: api.TF_NewBufferFromString(options, options.length), nodes: nodesWithCollectives(graph) };
      }
    } catch (error) {
      api.TF_DeleteGraph(this.graph);
      throw error;
    }
  }

  run(feeds: NamedTensors, fetches: readonly string[], targets: readonly string[] = []): Promise<HostTensor[]> {
    return this.queue.add(() => this.runNow(feeds, fetches, targets));
  }

  close(): void {
    this.queue.close();
  }

  private async runNow(feeds: NamedTensors, fetches: readonly string[], targets: readonly string[]): Promise<HostTensor[]> {
    const { api } = this.tensorflow;
    const inputs = this.outputsOf(Object.keys(feeds));
    const outputs = this.outputsOf(fetches);
    const operations = BigUint64Array.from(targets, (name) => this.operation(name));
    const results = new BigUint64Array(fetches.length);
    const runOptions = this.collective && [...fetches, ...targets].some((name) => this.collective?.nodes.has(parseOutputName(name).node)) ? this.collective.options : null;
    const fed: FedTensor[] = [];
    const status = api.TF_NewStatus();
    try {
      for (const [name, tensor] of Object.entries(feeds)) fed.push(this.feed(name, tensor));
      const values = BigUint64Array.from(fed, (tensor) => tensor.pointer);
      await new Promise<void>((resolve, reject) => {
        api.TF_SessionRun.async(
          this.session, runOptions, inputs, values, values.length, outputs, results, results.length, operations, operations.length, null, status,
          (error: unknown) => (error ? reject(error as Error) : resolve()),
        );
      });
      throwIfRunFailed(this.tensorflow, status, runOptions !== null);
      return Array.from(results, (pointer) => readNativeTensor(this.tensorflow, pointer));
    } finally {
      for (const pointer of results) if (pointer !== 0n) api.TF_DeleteTensor(pointer);
      for (const tensor of fed) tensor.free();
      api.TF_DeleteStatus(status);
    }
  }

  private feed(name: string, tensor: HostTensor): FedTensor {
    try {
      return createNativeTensor(this.tensorflow, tensor);
    } catch (error) {
      throw new Error(`Feed ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  /** TF_Output structures: pointer to the operation, then the index of its output in the low half of the second word. */
  private outputsOf(names: readonly string[]): BigUint64Array {
    const structures = new BigUint64Array(names.length * 2);
    names.forEach((name, i) => {
      const { node, index } = parseOutputName(name);
      const operation = this.operation(node);
      const outputs = this.tensorflow.api.TF_OperationNumOutputs(operation);
      if (index >= outputs) throw new Error(`Node ${node} has ${outputs} outputs; there is no ${name}`);
      structures[2 * i] = operation;
      structures[2 * i + 1] = BigInt(index);
    });
    return structures;
  }

  private operation(name: string): Pointer {
    const operation = this.tensorflow.api.TF_GraphOperationByName(this.graph, name);
    if (operation === null) throw new Error(`The graph has no node ${name}`);
    return operation;
  }

  private free(): void {
    const { api, checked } = this.tensorflow;
    try {
      checked((status) => api.TF_CloseSession(this.session, status));
    } finally {
      checked((status) => api.TF_DeleteSession(this.session, status));
      api.TF_DeleteGraph(this.graph);
      if (this.collective) api.TF_DeleteBuffer(this.collective.options);
    }
  }
}

function throwIfRunFailed({ api }: TensorFlowLibrary, status: Pointer, withOthers: boolean): void {
  if (withOthers && api.TF_GetCode(status) !== 0) throw new CollectiveError(api.TF_Message(status));
  throwIfFailed(api, status);
}

function importGraph(tensorflow: TensorFlowLibrary, target: Pointer, graph: GraphDef): void {
  const { api } = tensorflow;
  const bytes = encodeGraphDef(graph);
  const buffer = api.TF_NewBufferFromString(bytes, bytes.length);
  const options = api.TF_NewImportGraphDefOptions();
  try {
    tensorflow.checked((status) => api.TF_GraphImportGraphDef(target, buffer, options, status));
  } finally {
    api.TF_DeleteImportGraphDefOptions(options);
    api.TF_DeleteBuffer(buffer);
  }
}

function newSession(tensorflow: TensorFlowLibrary, graph: Pointer, server?: ClusterServer): Pointer {
  const { api } = tensorflow;
  const options = api.TF_NewSessionOptions();
  const config = server?.config ?? tensorflow.sessionConfig;
  try {
    if (config) tensorflow.checked((status) => api.TF_SetConfig(options, config, config.length, status));
    if (server) api.TF_SetTarget(options, server.target);
    return present(tensorflow.checked((status) => api.TF_NewSession(graph, options, status)), 'session');
  } finally {
    api.TF_DeleteSessionOptions(options);
  }
}

/** Devices of this machine as TensorFlow sees them, e.g. "CPU:0". */
export function listDevices(tensorflow: TensorFlowLibrary): string[] {
  const { api } = tensorflow;
  const graph = api.TF_NewGraph();
  try {
    const session = newSession(tensorflow, graph);
    try {
      const list = present(tensorflow.checked((status) => api.TF_SessionListDevices(session, status)), 'device list');
      return takeDeviceList(tensorflow, list).map((device) => device.name.replace(/^.*device:/, ''));
    } finally {
      tensorflow.checked((status) => api.TF_DeleteSession(session, status));
    }
  } finally {
    api.TF_DeleteGraph(graph);
  }
}
