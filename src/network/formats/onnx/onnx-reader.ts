import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError, errorText } from '../../../base/user-error';
import { parseFaceRecord } from '../../model-folder';
import type { Weight } from '../../network-spec';
import type { FileConstant } from '../import/graph-value';
import type { ImportedModel } from '../import/imported-model';
import { importedFromRecord } from '../import/imported-record';
import { transposedBack } from '../kernel-layout';
import { MessageReader } from '../protobuf-message';
import { readOnnxGraph, type ExternalData } from './onnx-graph';
import { importOnnxGraph } from './onnx-import';
import { onnxOrders } from './onnx-layers';
import * as schema from './onnx-schema';

/** Reads an ONNX model: one that this product exported by its description of itself, any other by its nodes. @throws UserError when it is damaged or not understood */
export function readOnnxFile(bytes: Uint8Array, file: string): ImportedModel {
  try {
    const model = MessageReader.parse(bytes);
    const graph = readOnnxGraph(model.message(schema.modelFields.graph), externalDataBeside(file));
    const face = model.messages(schema.modelFields.metadata).find((entry) => entry.text(schema.metadataFields.key) === schema.faceMetadataKey);
    if (!face) return importOnnxGraph(graph, file);
    const record = parseFaceRecord(JSON.parse(face.text(schema.metadataFields.value)), file);
    return importedFromRecord(record, file, (name) => inOurOrder(name, graph.constants.get(name)));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read as an ONNX model: ${errorText(error)}.`, 'Export it again.', { cause: error });
  }
}

/** Exporters put the weights of larger models into a file beside them. */
function externalDataBeside(file: string): ExternalData {
  const known = new Map<string, Uint8Array>();
  return (location) => {
    const bytes = known.get(location);
    if (bytes) return bytes;
    const target = path.join(path.dirname(file), path.basename(location));
    try {
      const read = readFileSync(target);
      known.set(location, read);
      return read;
    } catch (error) {
      throw new UserError(`${target}, which holds weights of ${file}, cannot be read.`, 'Put it beside the model, where it was exported.', { cause: error });
    }
  };
}

function inOurOrder(name: string, constant: FileConstant | undefined): Weight | undefined {
  if (!constant) return undefined;
  const weight = { shape: constant.shape, data: Float32Array.from(constant.data) };
  if (name.endsWith('/depthwise_kernel')) return transposedBack(weight, onnxOrders.depthwise_kernel);
  return weight.shape.length === 4 ? transposedBack(weight, onnxOrders.kernel4d) : weight;
}
