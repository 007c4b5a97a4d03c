import { SeededRandom } from '../../../src/base/random';
import type { KmodelFacts } from '../../../src/kmodel/kmodel-facts';
import { writeProgram } from '../../../src/kmodel/v3/write-program';
import { programOf, randomConv } from '../kmodel/sample-programs';

/** Side of the pictures that the model takes. */
export const smallSide = 16;
const outputSide = smallSide / 2;
const channels = 2;
export const smallLength = outputSide ** 2 * channels;

/** A .kmodel that takes pictures and gives floats of unit length, in little time. */
export function smallFaceModel(seed = 8): Uint8Array {
  const conv = randomConv({ width: smallSide, height: smallSide, inputChannels: 3, outputChannels: channels, kernelSize: 3, depthwise: false, poolType: 1, weightBits: 8 }, new SeededRandom(seed, 'small face model'));
  const bytes = smallLength;
  const floats = 4 * smallLength;
  const layers = [
    conv,
    { kind: 'dequantize', flags: 0, input: 0, output: bytes, count: smallLength, scale: 0.013, bias: -1.5 },
    { kind: 'l2Normalization', flags: 0, input: bytes, output: bytes + floats, count: smallLength },
  ] as const;
  const program = programOf(layers, bytes + 2 * floats, floats);
  return writeProgram({ ...program, outputs: [{ addressBytes: bytes + floats, sizeBytes: floats }] });
}

export function smallFacts(turn: 'none' | 'rotate180' = 'none'): KmodelFacts {
  return {
    format: 1, toolVersion: '1', source: 'nowhere', input: { size: smallSide, layout: 'CHW', colours: 'RGB', turn }, embeddingLength: smallLength, output: 'l2',
    weightBits: 8, calibration: { folder: 'photos', faces: 8, ranges: 'mse' }, agreement: { faces: 2, meanCosine: 1, leastCosine: 1 }, estimatedMs: 1, layers: [],
  };
}
