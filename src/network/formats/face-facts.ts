import { productVersion } from '../../base/product';
import { inputSize } from '../layer-shapes';
import type { FaceFacts, FaceRecord } from '../model-folder';
import type { NetworkSpec } from '../network-spec';

/** The facts that a model keeps when it is written in another form. */
export function factsOf({ title, threshold, trained, template }: FaceFacts): FaceFacts {
  return { title, ...(threshold === undefined ? {} : { threshold }), ...(trained ? { trained } : {}), ...(template === undefined ? {} : { template }) };
}

/** What a face model says about itself, for a network that is being exported: the content of face.json and of side-cars. */
export function faceRecordOf(spec: NetworkSpec, facts: FaceFacts): FaceRecord {
  return {
    format: 1, toolVersion: productVersion, ...facts, imageSize: inputSize(spec), embeddingLength: spec.embeddingLength,
    normalization: spec.normalization, network: spec,
  };
}
