import { UserError } from '../../../base/user-error';
import { elementCount } from '../../graph/graph-def';
import { parseFaceRecord } from '../../model-folder';
import type { Weight } from '../../network-spec';
import { transposedBack } from '../kernel-layout';
import type { ImportedModel } from '../import/imported-model';
import { importedFromRecord } from '../import/imported-record';
import { MessageReader } from '../protobuf-message';
import { onnxOrders } from './onnx-layers';
import * as schema from './onnx-schema';

/** Reads an ONNX model that this product exported. @throws UserError when it is another's or damaged */
export function readOnnxFile(bytes: Uint8Array, file: string): ImportedModel {
  try {
    const model = MessageReader.parse(bytes);
    const metadata = model.messages(schema.modelFields.metadata).find((entry) => entry.text(schema.metadataFields.key) === schema.faceMetadataKey);
    if (!metadata) throw new UserError(`${file} is an ONNX model without this product's description of a face model.`, 'Import the Keras or TensorFlow.js form of it instead.');
    const record = parseFaceRecord(JSON.parse(metadata.text(schema.metadataFields.value)), file);
    const tensors = model.message(schema.modelFields.graph).messages(schema.graphFields.initializer);
    const initializers = new Map(tensors.filter(isFloat).map((tensor) => [tensor.text(schema.tensorFields.name), readTensor(tensor)]));
    return importedFromRecord(record, file, (name) => {
      const weight = initializers.get(name);
      if (!weight) return undefined;
      if (name.endsWith('/depthwise_kernel')) return transposedBack(weight, onnxOrders.depthwise_kernel);
      return weight.shape.length === 4 ? transposedBack(weight, onnxOrders.kernel4d) : weight;
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read as an ONNX model.`, 'Export it again.', { cause: error });
  }
}

function isFloat(tensor: MessageReader): boolean {
  return tensor.number(schema.tensorFields.dataType) === schema.dataTypes.float32;
}

function readTensor(tensor: MessageReader): Weight {
  const shape = tensor.ints(schema.tensorFields.dims);
  const bytes = tensor.bytes(schema.tensorFields.rawData);
  const data = new Float32Array(elementCount(shape));
  if (bytes.length !== data.byteLength) throw new Error(`Initializer ${tensor.text(schema.tensorFields.name)} has ${bytes.length} bytes, not ${data.byteLength}`);
  new Uint8Array(data.buffer).set(bytes);
  return { shape, data };
}
