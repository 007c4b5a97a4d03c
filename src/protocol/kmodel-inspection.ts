/** What `kmodel inspect --json` tells of a file; the viewer of .kmodel files reads it. Memory in bytes, times in milliseconds. */
import * as z from 'zod';

const layerSchema = z.object({
  index: z.number().int(),
  kind: z.string(),
  title: z.string(),
  shape: z.string(),
  output: z.string(),
  parameterBytes: z.number(),
  /** Lines of KPU memory that the result takes. */
  kpuLines: z.number().optional(),
  unit: z.enum(['kpu', 'cpu']).optional(),
  estimatedMs: z.number().optional(),
  quantization: z.object({
    inputZero: z.number().optional(), weightZero: z.number().optional(), segments: z.number().optional(), scale: z.number().optional(), bias: z.number().optional(),
  }).optional(),
  /** From the facts beside the file: the layer's name in the network, real values of the bytes 0 and 255, and how exact it is. */
  name: z.string().optional(),
  range: z.object({ minimum: z.number(), maximum: z.number(), criterion: z.string() }).optional(),
  signalToNoiseDb: z.number().optional(),
  cosine: z.number().optional(),
});
export type InspectedLayer = z.infer<typeof layerSchema>;

const bufferSchema = z.object({
  memory: z.enum(['kpu', 'main']), fromByte: z.number(), toByte: z.number(),
  /** Layer that writes it, -1 for the input. */
  birth: z.number().int(),
  /** Last layer that reads it. */
  death: z.number().int(),
});
export type InspectedBuffer = z.infer<typeof bufferSchema>;

export const kmodelInspectionSchema = z.object({
  file: z.string(),
  version: z.union([z.literal(3), z.literal(4)]),
  fileBytes: z.number(),
  weightBits: z.union([z.literal(8), z.literal(16)]),
  mainMemoryBytes: z.number(),
  neededMemoryBytes: z.number(),
  kpuMemoryBytes: z.number().optional(),
  memoryMap: z.object({ steps: z.number().int(), buffers: z.array(bufferSchema).readonly() }).optional(),
  input: z.string(),
  outputs: z.array(z.string()).readonly(),
  layers: z.array(layerSchema).readonly(),
  repeats: z.array(z.object({ firstLayer: z.number().int(), lastLayer: z.number().int(), period: z.number().int() })).readonly(),
  estimatedMs: z.number().optional(),
  /** 0..1 */
  cpuShare: z.number().optional(),
  firmware: z.array(z.object({ name: z.string(), loads: z.boolean(), remark: z.string() })).readonly(),
  notes: z.array(z.string()).readonly(),
  /** From the facts beside the file: what it was made from, and how well it agrees with that. */
  source: z.string().optional(),
  /** Cosine from which two photos count as the same person. */
  threshold: z.number().optional(),
  embeddingLength: z.number().int().optional(),
  agreement: z.object({ faces: z.number(), meanCosine: z.number(), leastCosine: z.number() }).optional(),
  /** Why the facts beside the file cannot be used; a sentence. */
  factsProblem: z.string().optional(),
});
export type KmodelInspection = z.infer<typeof kmodelInspectionSchema>;
