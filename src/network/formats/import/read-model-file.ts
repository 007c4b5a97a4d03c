import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError, errorCode } from '../../../base/user-error';
import { layerShapes } from '../../layer-shapes';
import { parseFaceRecord, readModelFolder, readWeightsManifest } from '../../model-folder';
import { faceFileName, modelFileName } from '../../model-files';
import type { PixelNormalization } from '../../network-spec';
import { factsOf } from '../face-facts';
import { isHdf5 } from '../keras/hdf5-file';
import { readKerasConfig } from '../keras/keras-config';
import { importedKeras, readKerasFile } from '../keras/keras-reader';
import { readOnnxFile } from '../onnx/onnx-reader';
import { fileIdentifier } from '../tflite/tflite-schema';
import { readTfliteFile } from '../tflite/tflite-reader';
import { checkNormalization, withInputNormalization, type InputNormalization } from './input-normalization';
import type { ImportedModel, NamedWeights } from './imported-model';

/**
 * Reads network and weights from a file or folder of any form that is known here: Keras .h5 (the original project's too), a
 * TensorFlow.js layers model, ONNX and TensorFlow Lite, a model folder.
 * @param normalization how pixels enter, for files that do not say so
 * @throws UserError naming file, layer and shape when something does not fit, or when the file says otherwise how pixels enter
 */
export async function readModelWeights(source: string, normalization?: InputNormalization): Promise<ImportedModel> {
  const imported = normalized(await readAny(source), source, normalization);
  // Builds every shape once, so that a network that cannot be is refused here and not in a later stage.
  try {
    layerShapes(imported.spec);
  } catch (error) {
    throw new UserError(`The layers of ${source} do not fit together: ${error instanceof Error ? error.message : String(error)}.`, 'Save the model again.', { cause: error });
  }
  return imported;
}

function normalized(imported: ImportedModel, source: string, given: InputNormalization | undefined): ImportedModel {
  if (!given) return imported;
  if (imported.normalizedBy !== 'file') return { ...imported, ...withInputNormalization(imported.spec, imported.weights, given), normalizedBy: 'file' };
  checkNormalization(source, imported.spec.normalization, given);
  return imported;
}

async function readAny(source: string): Promise<ImportedModel> {
  const isFolder = await stat(source).then((entry) => entry.isDirectory(), (error: unknown) => {
    const why = errorCode(error) === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new UserError(`${source} ${why}.`, 'Name a Keras .h5 file, a TensorFlow.js model.json, or a .tflite or .onnx file.', { cause: error });
  });
  const folder = isFolder ? source : path.basename(source) === modelFileName ? path.dirname(source) : undefined;
  if (folder !== undefined) return readFolder(folder);
  const bytes = await readFile(source);
  if (isHdf5(bytes)) return withSideCar(source, await readKerasFile(bytes, source, await sideCarNormalization(source)));
  if (bytes.toString('latin1', 4, 8) === fileIdentifier) return readTfliteFile(bytes, source);
  if (source.toLowerCase().endsWith('.onnx')) return readOnnxFile(bytes, source);
  if (bytes.toString('latin1', 0, 4) === zipSignature) throw new UserError(`${source} is a Keras archive (.keras).`, 'Save the model in the other form: model.save("model.h5").');
  throw new UserError(`${source} is in no form that is known here.`, 'Give a Keras .h5 file, a TensorFlow.js model.json, or a .tflite or .onnx file.');
}

/** Graph models hold TensorFlow's nodes instead of Keras's layers. */
function isGraphModel(topology: unknown): boolean {
  return typeof topology === 'object' && topology !== null && 'node' in topology;
}

const zipSignature = 'PK\x03\x04';

async function readFolder(folder: string): Promise<ImportedModel> {
  if (existsSync(path.join(folder, faceFileName))) {
    const { record, weights } = await readModelFolder(folder);
    return { spec: record.network, weights, notes: [], normalizedBy: 'file', facts: factsOf(record) };
  }
  const file = path.join(folder, modelFileName);
  const { topology, weights } = await readWeightsManifest(folder);
  if (isGraphModel(topology)) {
    throw new UserError(`${file} is a TensorFlow.js graph model, whose operations are not read here.`, 'Convert the original again with --output_format=tfjs_layers_model, or give the .h5, .tflite or .onnx file.');
  }
  const named = new Map<string, { name: string; weight: NamedWeights[number]['weight'] }[]>();
  for (const [name, weight] of weights) {
    const [layer = '', ...rest] = name.split('/');
    named.set(layer, [...(named.get(layer) ?? []), { name: (rest.at(-1) ?? '').replace(/:\d+$/, ''), weight }]);
  }
  return importedKeras(file, readKerasConfig(topology, file), named);
}

/** `export` writes the facts of a .h5 file beside it. */
async function readSideCar(source: string): Promise<ReturnType<typeof parseFaceRecord> | undefined> {
  const file = `${source}.${faceFileName}`;
  return existsSync(file) ? parseFaceRecord(JSON.parse(await readFile(file, 'utf8')), file) : undefined;
}

async function sideCarNormalization(source: string): Promise<PixelNormalization | undefined> {
  return (await readSideCar(source))?.normalization;
}

async function withSideCar(source: string, imported: ImportedModel): Promise<ImportedModel> {
  const record = await readSideCar(source);
  if (!record) return imported;
  return { ...imported, spec: { ...imported.spec, name: record.network.name }, facts: factsOf(record) };
}
