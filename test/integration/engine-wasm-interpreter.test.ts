import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '../../src/engine/engine';
import { openEngine } from '../../src/engine/open-engine';
import { opTable } from '../../src/engine/wasm/ops/op-table';
import type { GraphDef, GraphNode, HostTensor } from '../../src/network/graph/graph-def';
import { engineTests } from '../support/engine';
import { boolAttr, constant, float32, int32, node, placeholder, typeAttr, variableNodes } from '../support/hand-made-graph';
import { operationCases, type OperationCase } from '../support/operation-cases';

const nativeTest = engineTests({ kind: 'native' });
const wasmTest = engineTests({ kind: 'wasm' });

const float = typeAttr('float32');
/** Largest accepted difference, relative to 1 + |value|. */
const tolerance = 1e-5;

function graphOf(operation: OperationCase): GraphDef {
  const inputs = operation.inputs.map((_, i) => `input_${i}`);
  return { nodes: [...operation.inputs.map((tensor, i) => constant(`input_${i}`, tensor)), node('tested', operation.op, inputs, operation.attrs)] };
}

async function runOnce(engine: Engine, graph: GraphDef, fetches: readonly string[], setUp: readonly string[] = []): Promise<HostTensor[]> {
  const session = engine.openSession(graph);
  try {
    if (setUp.length > 0) await session.run({}, [], setUp);
    return await session.run({}, fetches);
  } finally {
    session.close();
  }
}

async function compareEngines(native: Engine, graph: GraphDef, fetches: readonly string[], setUp: readonly string[] = []): Promise<void> {
  const wasm = await openEngine({ kind: 'wasm' });
  assertClose(await runOnce(wasm, graph, fetches, setUp), await runOnce(native, graph, fetches, setUp));
  wasm.close();
}

function assertClose(actual: readonly HostTensor[], expected: readonly HostTensor[]): void {
  assert.deepEqual(actual.map(({ dtype, shape }) => ({ dtype, shape })), expected.map(({ dtype, shape }) => ({ dtype, shape })));
  for (const [i, tensor] of actual.entries()) {
    const wanted = Array.from(expected[i]?.data ?? [], Number);
    for (const [k, value] of Array.from(tensor.data, Number).entries()) {
      const target = wanted[k] ?? NaN;
      assert.ok(Math.abs(value - target) <= tolerance * (1 + Math.abs(target)), `output ${i}, element ${k}: ${value} instead of ${target}`);
    }
  }
}

for (const operation of operationCases) {
  nativeTest(`${operation.name} equals the native engine`, async (native) => {
    const fetches = Array.from({ length: operation.outputs ?? 1 }, (_, i) => (i === 0 ? 'tested' : `tested:${i}`));
    const graph = graphOf(operation);
    await compareEngines(native, graph, fetches);
  });
}

/** Variables w and, as an optimizer needs them, a and b; `update` changes them; everything is read afterwards. */
function updateGraph(update: GraphNode): { graph: GraphDef; setUp: string[]; fetches: string[] } {
  const names = ['w', 'a', 'b'];
  const start = names.flatMap((name, i) => [
    ...variableNodes(name, [3]),
    constant(`${name}/start_value`, float32([1 + i, 2, 3.5])),
    node(`${name}/start`, 'AssignVariableOp', [name, `${name}/start_value`], { dtype: float }),
  ]);
  const scalars = { rate: 0.1, momentum: 0.9, beta1: 0.9, beta2: 0.999, power1: 0.81, power2: 0.998, epsilon: 1e-3 };
  const constants = Object.entries(scalars).map(([name, value]) => constant(name, float32([value], [])));
  const reads = names.map((name) => node(`${name}/after`, 'ReadVariableOp', [name, '^update'], { dtype: float }));
  return {
    graph: { nodes: [...start, ...constants, constant('gradient', float32([0.5, -1, 2])), constant('rows', int32([2, 0])), constant('row_values', float32([7, -7])), update, ...reads] },
    setUp: names.map((name) => `${name}/start`),
    fetches: names.map((name) => `${name}/after`),
  };
}

const adamInputs = ['w', 'a', 'b', 'power1', 'power2', 'rate', 'beta1', 'beta2', 'epsilon', 'gradient'];
const updates: readonly GraphNode[] = [
  node('update', 'AssignVariableOp', ['w', 'gradient'], { dtype: float }),
  node('update', 'AssignAddVariableOp', ['w', 'gradient'], { dtype: float }),
  node('update', 'AssignSubVariableOp', ['w', 'gradient'], { dtype: float }),
  node('update', 'ResourceScatterUpdate', ['w', 'rows', 'row_values'], { dtype: float, Tindices: typeAttr('int32') }),
  node('update', 'ResourceApplyGradientDescent', ['w', 'rate', 'gradient'], { T: float }),
  node('update', 'ResourceApplyMomentum', ['w', 'a', 'rate', 'gradient', 'momentum'], { T: float, use_nesterov: boolAttr(false) }),
  node('update', 'ResourceApplyMomentum', ['w', 'a', 'rate', 'gradient', 'momentum'], { T: float, use_nesterov: boolAttr(true) }),
  node('update', 'ResourceApplyAdam', adamInputs, { T: float, use_nesterov: boolAttr(false) }),
  node('update', 'ResourceApplyAdam', adamInputs, { T: float, use_nesterov: boolAttr(true) }),
];

for (const update of updates) {
  const nesterov = update.attrs['use_nesterov'];
  nativeTest(`${update.op}${nesterov?.value === true ? ' with Nesterov' : ''} equals the native engine`, async (native) => {
    const { graph, setUp, fetches } = updateGraph(update);
    await compareEngines(native, graph, fetches, setUp);
  });
}

const gather = node('update', 'ResourceGather', ['w', 'rows'], { dtype: float, Tindices: typeAttr('int32') });

nativeTest('ResourceGather equals the native engine', async (native) => {
  const { graph, setUp } = updateGraph(gather);
  await compareEngines(native, graph, ['update'], setUp);
});

test('every operation of the interpreter is compared', () => {
  const compared = new Set([...operationCases.map((operation) => operation.op), ...updates.map((update) => update.op), gather.op]);
  const elsewhere = ['Placeholder', 'Const', 'NoOp', 'VarHandleOp', 'ReadVariableOp'];
  assert.deepEqual(Object.keys(opTable).filter((op) => !compared.has(op) && !elsewhere.includes(op)), []);
});

wasmTest('variables, feeds, control inputs and targets work as in a TensorFlow session', async (engine) => {
  const session = engine.openSession({
    nodes: [
      ...variableNodes('w', [2]),
      placeholder('x', 'float32', [2]),
      node('grow', 'AssignAddVariableOp', ['w', 'x'], { dtype: float }),
      node('all', 'NoOp', ['^grow']),
      node('after', 'ReadVariableOp', ['w', '^all'], { dtype: float }),
    ],
  });
  await assert.rejects(session.run({}, ['w/read']), /w\/read.*variable w has no value/);
  await session.run({ 'w/new_value': float32([1, 2]) }, [], ['w/assign']);
  const [grown] = await session.run({ x: float32([1, 1]) }, ['after']);
  assert.deepEqual([...(grown?.data as Float32Array)], [2, 3]);
  const [kept] = await session.run({}, ['w/read']);
  assert.deepEqual([...(kept?.data as Float32Array)], [2, 3], 'reading runs no update');
  session.close();
  await assert.rejects(session.run({}, ['w/read']), /closed/);
});

wasmTest('failures name the node', async (engine) => {
  const session = engine.openSession({
    nodes: [
      placeholder('x', 'float32', [2]),
      node('layer/strange', 'NoSuchOp', ['x']),
      node('layer/product', 'MatMul', ['x', 'x'], { T: float }),
      constant('labels', { dtype: 'int32', shape: [1], data: Int32Array.of(5) }),
      constant('logits', float32([1, 2], [1, 2])),
      node('loss', 'SparseSoftmaxCrossEntropyWithLogits', ['logits', 'labels'], { T: float }),
    ],
  });
  await assert.rejects(session.run({ x: float32([1, 2]) }, ['layer/strange']), /Node layer\/strange.*NoSuchOp/);
  await assert.rejects(session.run({ x: float32([1, 2]) }, ['layer/product']), /Node layer\/product \(MatMul\)/);
  await assert.rejects(session.run({}, ['layer/product']), /Node x \(Placeholder\): it was not fed/);
  await assert.rejects(session.run({}, ['loss']), /label value of 5/);
  await assert.rejects(session.run({}, ['nothing']), /no node nothing/);
  session.close();
});

wasmTest('no tensor is left behind', async (engine) => {
  const tf = await engine.tensorflowJs();
  const before = tf.memory().numTensors;
  for (const operation of operationCases.slice(0, 40)) await runOnce(engine, graphOf(operation), ['tested']);
  const { graph, setUp, fetches } = updateGraph(node('update', 'ResourceApplyAdam', adamInputs, { T: float }));
  await runOnce(engine, graph, fetches, setUp);
  const failing = engine.openSession({ nodes: [constant('a', float32([1, 2])), node('bad', 'MatMul', ['a', 'a'], { T: float })] });
  await assert.rejects(failing.run({}, ['bad']));
  failing.close();
  assert.equal(tf.memory().numTensors, before);
});
