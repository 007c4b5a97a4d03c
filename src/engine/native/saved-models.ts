import { parseOutputName } from '../output-name';
import type { Pointer } from './c-api';
import { present, type TensorFlowLibrary } from './tensorflow-library';

/** SavedModels that TensorFlow.js has loaded, by number. */
export class SavedModels {
  private readonly models = new Map<number, { session: Pointer; graph: Pointer }>();
  private nextId = 0;

  constructor(private readonly tensorflow: TensorFlowLibrary) {}

  get count(): number {
    return this.models.size;
  }

  load(folder: string, tags: readonly string[]): number {
    const { api } = this.tensorflow;
    const options = api.TF_NewSessionOptions();
    const graph = api.TF_NewGraph();
    try {
      const session = this.tensorflow.checked((status) => api.TF_LoadSessionFromSavedModel(options, null, folder, tags, tags.length, graph, null, status));
      const id = this.nextId++;
      this.models.set(id, { session: present(session, 'session'), graph });
      return id;
    } catch (error) {
      api.TF_DeleteGraph(graph);
      throw error;
    } finally {
      api.TF_DeleteSessionOptions(options);
    }
  }

  /** Runs a model. The inputs stay the caller's; the outputs become the caller's. */
  run(id: number, inputNames: readonly string[], inputs: readonly Pointer[], outputNames: readonly string[]): Pointer[] {
    const { api } = this.tensorflow;
    const { session, graph } = this.model(id);
    const outputs = new BigUint64Array(outputNames.length);
    const values = BigUint64Array.from(inputs);
    const from = this.structures(graph, inputNames);
    const to = this.structures(graph, outputNames);
    this.tensorflow.checked((status) => {
      api.TF_SessionRun(session, null, from, values, values.length, to, outputs, outputs.length, new BigUint64Array(0), 0, null, status);
    });
    return [...outputs];
  }

  delete(id: number): void {
    const { api, checked } = this.tensorflow;
    const { session, graph } = this.model(id);
    this.models.delete(id);
    checked((status) => api.TF_DeleteSession(session, status));
    api.TF_DeleteGraph(graph);
  }

  close(): void {
    for (const id of [...this.models.keys()]) this.delete(id);
  }

  private model(id: number): { session: Pointer; graph: Pointer } {
    const model = this.models.get(id);
    if (!model) throw new Error(`SavedModel ${id} is not loaded`);
    return model;
  }

  private structures(graph: Pointer, names: readonly string[]): BigUint64Array {
    return BigUint64Array.from(names.flatMap((name) => {
      const { node, index } = parseOutputName(name);
      return [present(this.tensorflow.api.TF_GraphOperationByName(graph, node), `operation ${node}`), BigInt(index)];
    }));
  }
}
