import { UserError, errorText } from '../../../base/user-error';
import { parseFaceRecord } from '../../model-folder';
import type { Layer, Weight } from '../../network-spec';
import { transposedBack } from '../kernel-layout';
import type { ImportedModel } from '../import/imported-model';
import { importedFromRecord } from '../import/imported-record';
import { tfliteFaceKey } from './face-metadata';
import { decodeTflite } from './tflite-decode';
import { dequantized } from './dequantize';
import { importTflite } from './tflite-import';
import { tfliteOrders } from './tflite-lowering';
import type { TfliteModel } from './tflite-model';

/**
 * Reads a TensorFlow Lite model: one that this product exported by its description of itself, any other by its operators.
 * Weights that are stored in fewer bits come back as the real numbers that they stand for. @throws UserError when it is damaged or not understood
 */
export function readTfliteFile(bytes: Uint8Array, file: string): ImportedModel {
  return asUserError(file, () => imported(decodeTflite(bytes), file));
}

function imported(model: TfliteModel, file: string): ImportedModel {
  const face = model.metadata.get(tfliteFaceKey);
  if (!face) return withPrecisionNote(importTflite(model, file), model, file);
  const record = parseFaceRecord(JSON.parse(Buffer.from(face).toString('utf8')), file);
  const constants = new Map(model.tensors.filter(({ data }) => data !== undefined).map((tensor) => [tensor.name, tensor]));
  const kinds = new Map(record.network.layers.map((layer) => [layer.name, layer.kind]));
  const ofRecord = importedFromRecord(record, file, (name) => {
    const tensor = constants.get(name);
    return tensor && inOurOrder(name, dequantized(tensor), kinds.get(name.slice(0, name.lastIndexOf('/'))));
  });
  return withPrecisionNote(ofRecord, model, file);
}

function withPrecisionNote(known: ImportedModel, { tensors }: TfliteModel, file: string): ImportedModel {
  const isQuantized = tensors.some(({ type, data }) => data !== undefined && (type === 'int8' || type === 'uint8'));
  return isQuantized ? { ...known, notes: [...known.notes, `The weights of ${file} were stored in 8 bits: what is imported is that precise.`] } : known;
}

function asUserError<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read as a TensorFlow Lite model: ${errorText(error)}.`, 'Export it again.', { cause: error });
  }
}

function inOurOrder(name: string, weight: Weight, kind: Layer['kind'] | undefined): Weight {
  const isKernel = /\/(depthwise_)?kernel$/.test(name);
  return isKernel && kind !== undefined && kind in tfliteOrders ? transposedBack(weight, tfliteOrders[kind as keyof typeof tfliteOrders]) : weight;
}
