import assert from 'node:assert/strict';
import type { GraphDef, HostTensor } from '../../src/network/graph/graph-def';
import { engineTests } from '../support/engine';
import { float32, node, placeholder, typeAttr, variableNodes } from '../support/hand-made-graph';

const engineTest = engineTests({ kind: 'native' });

/** w += x; `after` reads w once that is done. */
const counter: GraphDef = {
  nodes: [
    ...variableNodes('w', [2]),
    placeholder('x', 'float32', [2]),
    node('grow', 'AssignAddVariableOp', ['w', 'x'], { dtype: typeAttr('float32') }),
    node('after', 'ReadVariableOp', ['w', '^grow'], { dtype: typeAttr('float32') }),
  ],
};

function values(tensors: readonly HostTensor[]): unknown[] {
  return tensors.map((tensor) => Array.from(tensor.data as ArrayLike<number>));
}

engineTest('a variable keeps its value from run to run, apart from other sessions', async (engine) => {
  const first = engine.openSession(counter);
  const second = engine.openSession(counter);
  await first.run({ 'w/new_value': float32([1, 2]) }, [], ['w/assign']);
  await second.run({ 'w/new_value': float32([10, 20]) }, [], ['w/assign']);
  assert.deepEqual(values(await first.run({ x: float32([1, 1]) }, ['after'])), [[2, 3]]);
  assert.deepEqual(values(await first.run({ x: float32([1, 1]) }, ['after'])), [[3, 4]]);
  assert.deepEqual(values(await second.run({}, ['w/read'])), [[10, 20]]);
  first.close();
  second.close();
});

engineTest('every element type goes in and comes out unchanged', async (engine) => {
  const feeds: Record<string, HostTensor> = {
    floats: float32([0.5, -1, 3e38, 1e-40], [2, 2]),
    ints: { dtype: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 7) },
    longs: { dtype: 'int64', shape: [1], data: BigInt64Array.of(-(2n ** 62n)) },
    bytes: { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 128, 255) },
    flags: { dtype: 'bool', shape: [], data: Uint8Array.of(1) },
    texts: { dtype: 'string', shape: [3], data: [new Uint8Array(0), Buffer.from('short'), Buffer.alloc(5000, 'long')] },
    nothing: float32([], [0, 4]),
  };
  const names = Object.keys(feeds);
  const graph: GraphDef = {
    nodes: names.flatMap((name) => {
      const { dtype, shape } = feeds[name] ?? float32([]);
      return [placeholder(name, dtype, shape), node(`${name}_out`, 'Identity', [name], { T: typeAttr(dtype) })];
    }),
  };
  const session = engine.openSession(graph);
  const results = await session.run(feeds, names.map((name) => `${name}_out`));
  for (const [i, name] of names.entries()) {
    const fed = feeds[name];
    assert.deepEqual({ ...results[i], data: Array.from(results[i]?.data ?? [], plain) }, { ...fed, data: Array.from(fed?.data ?? [], plain) }, name);
  }
  session.close();
});

function plain(value: number | bigint | Uint8Array): number | bigint | string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
}

engineTest('a failure names the node', async (engine) => {
  const float = typeAttr('float32');
  const session = engine.openSession({
    nodes: [placeholder('a', 'float32', [-1, -1]), placeholder('b', 'float32', [-1, -1]), node('layer/product', 'MatMul', ['a', 'b'], { T: float })],
  });
  await assert.rejects(session.run({ a: float32([1, 2], [1, 2]), b: float32([1], [1, 1]) }, ['layer/product']), /layer\/product/);
  await assert.rejects(session.run({}, ['layer/sum']), /no node layer\/sum/);
  await assert.rejects(session.run({}, ['layer/product:3']), /has 1 outputs/);
  await assert.rejects(session.run({ a: float32([1, 2], [2, 2]) }, ['layer/product']), /Feed a: .*needs 4 elements/);
  assert.deepEqual(values(await session.run({ a: float32([3], [1, 1]), b: float32([2], [1, 1]) }, ['layer/product'])), [[6]], 'usable after failures');
  session.close();
  assert.throws(() => engine.openSession({ nodes: [node('bad/node', 'NoSuchOp', [])] }), /NoSuchOp/);
  assert.throws(() => engine.openSession({ nodes: [node('bad/relu', 'Relu', ['missing'], { T: float })] }), /bad\/relu/);
});

engineTest('runs of a session queue up, and closing waits for them', async (engine) => {
  const session = engine.openSession(counter);
  const runs = [session.run({ 'w/new_value': float32([0, 0]) }, [], ['w/assign'])];
  for (let i = 0; i < 20; i++) runs.push(session.run({ x: float32([1, 2]) }, ['after']));
  session.close();
  session.close();
  const results = await Promise.all(runs);
  assert.deepEqual(values(results.at(-1) ?? []), [[20, 40]]);
  await assert.rejects(session.run({}, ['w/read']), /closed/);
});

engineTest('the event loop stays free during a run', async (engine) => {
  const size = 1000;
  const float = typeAttr('float32');
  const products = Array.from({ length: 8 }, (_, i) => node(`p${i + 1}`, 'MatMul', [`p${i}`, 'x'], { T: float }));
  const session = engine.openSession({ nodes: [placeholder('x', 'float32', [size, size]), node('p0', 'Identity', ['x'], { T: float }), ...products] });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await session.run({ x: { dtype: 'float32', shape: [size, size], data: new Float32Array(size * size) } }, [], ['p8']);
  clearInterval(timer);
  session.close();
  assert.ok(ticks > 3, `${ticks} timer calls during the run`);
});

engineTest('memory does not grow over 2000 runs, failed ones included', async (engine) => {
  const texts = placeholder('texts', 'string', [-1]);
  const session = engine.openSession({
    nodes: [...counter.nodes, texts, node('texts_out', 'Identity', ['texts'], { T: typeAttr('string') })],
  });
  await session.run({ 'w/new_value': float32([0, 0]) }, [], ['w/assign']);
  const feeds = { x: float32([1, 1]), texts: { dtype: 'string', shape: [64], data: Array.from({ length: 64 }, () => new Uint8Array(2000)) } } as const;
  const runMany = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await session.run(feeds, ['after', 'texts_out']);
      if (i % 10 === 0) await assert.rejects(session.run({ x: float32([1], [1]) }, ['after']));
    }
  };
  await runMany(300);
  const before = process.memoryUsage.rss();
  await runMany(2000);
  const grownBytes = process.memoryUsage.rss() - before;
  session.close();
  assert.ok(grownBytes < 60e6, `grew by ${(grownBytes / 1e6).toFixed(0)} MB; one leaked feed per run would be 256 MB`);
});
