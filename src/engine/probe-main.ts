/**
 * A process of its own (dist/engine-probe.js) that loads TensorFlow from the folder in argv[2], multiplies two matrices and
 * prints one JSON line. A library that crashes takes only this process down.
 */
import { errorText } from '../base/user-error';
import type { AttrValue, GraphDef, HostTensor } from '../network/graph/graph-def';
import { openNativeEngine } from './native/native-engine';
import type { ProbeResult } from './probe-result';

const float32: AttrValue = { kind: 'type', value: 'float32' };
const factor: HostTensor = { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const square = [7, 10, 15, 22];

const multiplication: GraphDef = {
  nodes: [
    { name: 'factor', op: 'Const', inputs: [], attrs: { dtype: float32, value: { kind: 'tensor', value: factor } } },
    { name: 'product', op: 'MatMul', inputs: ['factor', 'factor'], attrs: { T: float32 } },
  ],
};

async function probe(folder: string | undefined): Promise<ProbeResult> {
  if (folder === undefined) return { ok: false, error: 'No folder was given' };
  try {
    const engine = openNativeEngine(folder);
    const [product] = await engine.openSession(multiplication).run({}, ['product']);
    const values = Array.from(product?.data ?? [], Number);
    if (values.join() !== square.join()) return { ok: false, error: `A product of matrices came out as ${values.join(' ')} instead of ${square.join(' ')}` };
    return { ok: true, version: engine.description.version, devices: [...engine.description.devices] };
  } catch (error) {
    return { ok: false, error: errorText(error) };
  }
}

void probe(process.argv[2]).then((result) => {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(result.ok ? 0 : 1));
});
