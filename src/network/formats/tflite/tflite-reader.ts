import { UserError, errorText } from '../../../base/user-error';
import { parseFaceRecord } from '../../model-folder';
import type { Layer, Weight } from '../../network-spec';
import { transposedBack } from '../kernel-layout';
import type { ImportedModel } from '../import/imported-model';
import { importedFromRecord } from '../import/imported-record';
import { tfliteFaceKey } from './face-metadata';
import { decodeTflite } from './tflite-decode';
import { tfliteOrders } from './tflite-lowering';
import type { TfliteModel, TfliteTensor } from './tflite-model';

/**
 * Reads a TensorFlow Lite model that this product exported. Weights that are stored in 8 bits come back as the real numbers
 * that they stand for. @throws UserError when it is another's or damaged
 */
export function readTfliteFile(bytes: Uint8Array, file: string): ImportedModel {
  const model = decode(bytes, file);
  const face = model.metadata.get(tfliteFaceKey);
  if (!face) throw new UserError(`${file} is a TensorFlow Lite model without this product's description of a face model.`, 'Import the Keras or TensorFlow.js form of it instead.');
  const record = parseFaceRecord(JSON.parse(Buffer.from(face).toString('utf8')), file);
  const constants = new Map(model.tensors.filter(({ data }) => data !== undefined).map((tensor) => [tensor.name, tensor]));
  const kinds = new Map(record.network.layers.map((layer) => [layer.name, layer.kind]));
  const isQuantized = [...constants.values()].some(({ type }) => type === 'int8');
  const imported = importedFromRecord(record, file, (name) => {
    const tensor = constants.get(name);
    return tensor && inOurOrder(name, dequantized(tensor), kinds.get(name.slice(0, name.lastIndexOf('/'))));
  });
  return isQuantized ? { ...imported, notes: [...imported.notes, `The weights of ${file} were stored in 8 bits: what is imported is that precise.`] } : imported;
}

function decode(bytes: Uint8Array, file: string): TfliteModel {
  try {
    return decodeTflite(bytes);
  } catch (error) {
    throw new UserError(`${file} cannot be read as a TensorFlow Lite model: ${errorText(error)}.`, 'Export it again.', { cause: error });
  }
}

function inOurOrder(name: string, weight: Weight, kind: Layer['kind'] | undefined): Weight {
  const isKernel = /\/(depthwise_)?kernel$/.test(name);
  return isKernel && kind !== undefined && kind in tfliteOrders ? transposedBack(weight, tfliteOrders[kind as keyof typeof tfliteOrders]) : weight;
}

function dequantized({ shape, type, data = new Uint8Array(0), quantization }: TfliteTensor): Weight {
  const { buffer } = Uint8Array.from(data);
  if (type === 'float32') return { shape, data: new Float32Array(buffer) };
  const stored = type === 'int8' ? new Int8Array(buffer) : new Int32Array(buffer);
  const { scales = [1], dimension = 0 } = quantization ?? {};
  const inner = scales.length === 1 ? stored.length : shape.slice(dimension + 1).reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from(stored, (value, i) => value * (scales[Math.floor(i / inner) % scales.length] ?? 1)) };
}
