import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import type { Engine, GraphSession, NamedTensors } from '../../src/engine/engine';
import { GraphBuilder, readNode } from '../../src/network/graph/graph-builder';
import { elementCount, type HostTensor } from '../../src/network/graph/graph-def';
import * as ops from '../../src/network/graph/operations';
import { differentiate } from '../../src/training/gradients/differentiate';
import { gradientRules } from '../../src/training/gradients/rules';
import { engineTests } from '../support/engine';
import { gradientCases, type GradientCase } from '../support/gradient-cases';

const nativeTest = engineTests({ kind: 'native' });

/** Half the step of the central differences: large against float32's round-off of the loss, small against the curvature. */
const usualHalfStep = 5e-3;
/** Largest accepted difference, relative to 1 + |value|. */
const tolerance = 4e-3;
/** Elements per input whose derivative is measured. */
const measured = 12;

test('every gradient rule is checked', () => {
  const checked = new Set(gradientCases.map((gradientCase) => gradientCase.op));
  assert.deepEqual([...gradientRules.keys()].filter((op) => !checked.has(op)), []);
});

test('a check uses the operation that it is for', () => {
  for (const { op, name, shapes, build } of gradientCases) {
    const g = new GraphBuilder();
    build(g, shapes.map((shape, i) => g.variable(`x${i}`, shape).value));
    assert.ok(g.records.some((record) => record.node.op === op), `${op} ${name}`);
  }
});

/** Values at least 0.2 away from zero, where activations have their kinks, and from each other in both inputs of a maximum. */
function valuesOf(gradientCase: GradientCase): HostTensor[] {
  return gradientCase.shapes.map((shape, i) => {
    const random = new SeededRandom('gradient', gradientCase.op, gradientCase.name, i);
    const value = (): number => random.between(0.2, 1) * (gradientCase.positive || random.below(2) === 0 ? 1 : -1);
    const spread = (gradientCase.op === 'Maximum' || gradientCase.op === 'Minimum') ? (v: number): number => Math.round(v * 10) / 10 + i * 0.05 : (v: number): number => v;
    return { dtype: 'float32' as const, shape, data: Float32Array.from({ length: elementCount(shape) }, () => spread(value())) };
  });
}

async function scalarAt(session: GraphSession, feeds: NamedTensors, loss: string): Promise<number> {
  const [value] = await session.run(feeds, [loss]);
  return Number(value?.data[0]);
}

async function checkCase(engine: Engine, gradientCase: GradientCase): Promise<void> {
  const g = new GraphBuilder();
  const variables = gradientCase.shapes.map((shape, i) => g.variable(`x${i}`, shape));
  const output = gradientCase.build(g, variables.map((variable) => variable.value));
  const random = new SeededRandom('weights of the outputs', gradientCase.op);
  const weights = Float32Array.from({ length: elementCount(output.shape) }, () => random.between(-1, 1));
  const weighted = ops.binary(g, 'Mul', output, g.constant({ dtype: 'float32', shape: output.shape, data: weights }));
  const loss = ops.reduce(g, 'Sum', weighted, output.shape.map((_, axis) => axis), false);
  const gradients = differentiate(g, loss, variables);
  const values = valuesOf(gradientCase);
  const halfStep = gradientCase.halfStep ?? usualHalfStep;
  const feedsWith = (changed: number, data: Float32Array): NamedTensors => Object.fromEntries(
    values.map((value, i) => [readNode(`x${i}`), i === changed ? { ...value, data } : value]),
  );
  const session = engine.openSession(g.build());
  try {
    const computed = await session.run(feedsWith(-1, new Float32Array(0)), gradients.map(({ gradient }) => gradient.ref));
    for (const [i, value] of values.entries()) {
      const data = value.data as Float32Array;
      for (let sample = 0; sample < Math.min(measured, data.length); sample++) {
        const element = Math.floor((sample * data.length) / Math.min(measured, data.length));
        const moved = (by: number): Float32Array => data.map((old, k) => (k === element ? old + by : old));
        const difference = await scalarAt(session, feedsWith(i, moved(halfStep)), loss.ref) - await scalarAt(session, feedsWith(i, moved(-halfStep)), loss.ref);
        const expected = difference / (2 * halfStep);
        const actual = Number(computed[i]?.data[element]);
        assert.ok(Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected)), `input ${i}, element ${element}: ${actual} against ${expected}`);
      }
    }
  } finally {
    session.close();
  }
}

for (const gradientCase of gradientCases) {
  nativeTest(`${gradientCase.op} ${gradientCase.name}: the gradient equals finite differences`, (engine) => checkCase(engine, gradientCase));
}
