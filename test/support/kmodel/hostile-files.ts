/** Damaged kmodels and side-cars: real-looking files, changed at random, and what must hold for whatever reads them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { inspectProgram, inspectProgramV4 } from '../../../src/kmodel/inspect';
import { parseKmodelFacts, type KmodelFacts } from '../../../src/kmodel/kmodel-facts';
import { readKmodel } from '../../../src/kmodel/read-kmodel';
import { SimulatedEmbedder } from '../../../src/kmodel/simulated-embedder';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import type { Program } from '../../../src/kmodel/v3/program';
import { writeProgram } from '../../../src/kmodel/v3/write-program';
import { everyLayerProgram } from './every-layer';
import { randomConv } from './sample-programs';
import { versionFourFile } from './version-4-file';

export interface SeedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const realFolder = path.join(process.cwd(), '..', 'shared', 'data', 'kmodels');

/** Files of versions 3 and 4 with every kind of layer; real ones too, where they are at hand. */
export function seedFiles(withReal: boolean): readonly SeedFile[] {
  const random = new SeededRandom(7, 'seed files');
  const conv = randomConv({ width: 8, height: 8, inputChannels: 3, outputChannels: 4, kernelSize: 3, depthwise: false, poolType: 0, weightBits: 8 }, random);
  const made = [
    { name: 'every layer, 8 bits', bytes: writeProgram(everyLayerProgram(random, 8)) },
    { name: 'every layer, 16 bits', bytes: writeProgram(everyLayerProgram(random, 16)) },
    { name: 'version 4', bytes: versionFourFile(conv) },
  ];
  if (!withReal || !existsSync(realFolder)) return made;
  const real = readdirSync(realFolder).filter((file) => /^v[1345]-.*\.kmodel$/.test(file)).sort();
  return [...made, ...real.map((name) => ({ name, bytes: new Uint8Array(readFileSync(path.join(realFolder, name))) }))];
}

/** Numbers at which sizes and signs turn. */
const tellingNumbers = [0, 1, 2, 3, 4, 7, 8, 0x7f, 0xff, 0x100, 0x400, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff] as const;
/** Headers and tables lie in the first bytes; changes there reach farther. */
const headBytes = 512;

/** A copy with one to eight changes: bytes, numbers, ends, and parts that are cut, doubled or taken from another file. */
export function damaged(bytes: Uint8Array, others: readonly SeedFile[], random: SeededRandom): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let changes = 1 + random.below(8); changes > 0 && result.length > 0; changes--) result = changed(result, others, random);
  return result;
}

function changed(bytes: Uint8Array, others: readonly SeedFile[], random: SeededRandom): Uint8Array {
  const at = random.below(random.below(2) === 0 ? Math.min(headBytes, bytes.length) : bytes.length);
  const length = 1 + random.below(Math.min(64, bytes.length - at));
  switch (random.below(9)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return spliced(bytes, at, length, new Uint8Array());
    case 2:
      return spliced(bytes, at, 0, bytes.subarray(at, at + length));
    case 3: {
      const other = random.pick(others).bytes;
      const from = random.below(other.length);
      return spliced(bytes, at, length, other.subarray(from, from + length));
    }
    case 4:
      bytes[at] = random.below(256);
      return bytes;
    case 5:
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return bytes;
    default: {
      const word = at - (at % 4);
      if (word + 4 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset).setUint32(word, random.pick(tellingNumbers), true);
      return bytes;
    }
  }
}

function spliced(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - removed + inserted.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(bytes.subarray(at + removed), at + inserted.length);
  return result;
}

export type Outcome = 'read' | 'read, not run' | 'refused';

/** Larger pictures would make a fuzzing run slow without finding more. */
const mostPixels = 64 * 64;

/**
 * Does all that the product does with a file: reads, inspects, writes it again, runs it.
 * @throws whatever is no UserError: a defect
 */
export function useFile(bytes: Uint8Array): Outcome {
  const kmodel = orRefused(() => readKmodel(bytes, 'hostile.kmodel'));
  if (kmodel === undefined) return 'refused';
  if (kmodel.version === 4) {
    JSON.stringify(inspectProgramV4(kmodel.program, bytes.length));
    return 'read';
  }
  JSON.stringify(inspectProgram(kmodel.program, bytes.length));
  writeProgram(kmodel.program);
  return orRefused(() => run(kmodel.program)) === undefined ? 'read, not run' : 'read';
}

function run(program: Program): boolean {
  const simulator = new Simulator(program, 'hostile.kmodel');
  const { input } = simulator;
  if (input.kind === 'vector') simulator.run(new Float32Array(input.length));
  else if (input.width * input.height * input.channels <= 3 * mostPixels) simulator.run(new Uint8Array(input.width * input.height * input.channels));
  return true;
}

export const sampleFacts: KmodelFacts = {
  format: 1, toolVersion: '1', source: 'runs/team', input: { size: 8, layout: 'CHW', colours: 'RGB', turn: 'none' }, embeddingLength: 16, template: 'arcface-112', threshold: 0.3, output: 'l2',
  weightBits: 8, calibration: { folder: 'photos', faces: 8, ranges: 'mse' }, agreement: { faces: 2, meanCosine: 1, leastCosine: 1 }, estimatedMs: 1,
  layers: [{ name: 'conv_1', kind: 'conv', estimatedMs: 0.5, signalToNoiseDb: 30 }],
};

const tellingValues: readonly unknown[] = [null, 0, -1, 1e300, 1.5, '', 'x', [], {}, true, [[[[]]]], { size: 1e9 }, 2 ** 31];

/** The text of a side-car, changed in its values or its bytes. */
export function damagedFacts(random: SeededRandom): string {
  const facts = JSON.parse(JSON.stringify(sampleFacts)) as Record<string, unknown>;
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const parent = random.below(2) === 0 ? facts : random.pick([facts, ...Object.values(facts).filter((value): value is Record<string, unknown> => typeof value === 'object' && value !== null)]);
    const key = random.pick([...Object.keys(parent), 'extra']);
    if (random.below(5) === 0) delete parent[key];
    else parent[key] = structuredClone(random.pick(tellingValues));
  }
  const text = JSON.stringify(facts);
  if (random.below(3) > 0) return text;
  return new TextDecoder().decode(damaged(new TextEncoder().encode(text), [{ name: 'itself', bytes: new TextEncoder().encode(text) }], random));
}

/** @throws whatever is no UserError when the facts are used, and no error of the parser when they are read */
export function useFacts(text: string, program: Program): Outcome {
  let facts: KmodelFacts;
  try {
    facts = parseKmodelFacts(text);
  } catch (error) {
    if (error instanceof Error && /^(SyntaxError|ZodError|\$ZodError)$/.test(error.name)) return 'refused';
    throw error;
  }
  return orRefused(() => new SimulatedEmbedder(program, facts, 'hostile.kmodel')) === undefined ? 'read, not run' : 'read';
}

function orRefused<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof UserError && error.message.length > 0 && error.action.length > 0) return undefined;
    throw error;
  }
}
