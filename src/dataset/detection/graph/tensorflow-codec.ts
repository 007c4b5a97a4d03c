import type { Engine, GraphSession } from '../../../engine/engine';
import type { HostTensor } from '../../../network/graph/graph-def';
import { decodeBytes, type DecodedPhoto } from '../../photos/decode-photo';
import { readJpegHeader, type JpegHeader } from '../../photos/jpeg-header';
import { decodeForDetection, type DecodeResult, type PhotoCodec } from '../../photos/photo-codec';
import type { RgbImage } from '../../photos/rgb-image';
import { decodeRatios, fileTensor, jpegGraph, jpegNodes, jpegSlots, type DecodeRatio } from './jpeg-graph';

/** Photos are decoded smaller as long as this much is left of their longer side. */
const detectionSidePixels = 1000;
/** Larger photos are left to sharp, which refuses them before their memory is asked for. */
const maxPixels = 2 ** 28;
const onePixel: RgbImage = { width: 1, height: 1, data: new Uint8Array(3) };

/** JPEGs by TensorFlow's own operations, many in one call; every other photo by sharp. */
export class TensorFlowCodec implements PhotoCodec {
  private readonly decoder: GraphSession;
  private readonly encoder: GraphSession;
  private blankFile: Promise<Uint8Array> | undefined;

  constructor(engine: Engine) {
    const graph = jpegGraph();
    // Two sessions, because runs of one never overlap.
    this.decoder = engine.openSession(graph);
    this.encoder = engine.openSession(graph);
  }

  async decode(files: readonly Uint8Array[]): Promise<DecodeResult[]> {
    const ratios = files.map((file) => ratioFor(readJpegHeader(file), detectionSidePixels));
    const small = files.filter((_, i) => ratios[i] === 1);
    const decodedSmall = (await this.decodeSmall(small)).values();
    const results: DecodeResult[] = [];
    for (const [i, file] of files.entries()) {
      const ratio = ratios[i];
      const photo = ratio === 1 ? decodedSmall.next().value : await this.decodeSingly(file, ratio);
      results.push(photo ?? (await decodeForDetection(file)));
    }
    return results;
  }

  async decodeAtScale(file: Uint8Array, minScale: number): Promise<DecodedPhoto> {
    const header = readJpegHeader(file);
    const longSide = header ? Math.max(header.width, header.height) : 0;
    return (await this.decodeSingly(file, ratioFor(header, longSide * minScale))) ?? decodeBytes(file);
  }

  async encode(crops: readonly RgbImage[]): Promise<Uint8Array[]> {
    const files: Uint8Array[] = [];
    for (let start = 0; start < crops.length; start += jpegSlots) {
      const group = crops.slice(start, start + jpegSlots);
      const feeds = slotFeeds(jpegNodes.crop, group.map(pixelTensor), pixelTensor(onePixel));
      const outputs = await this.encoder.run(feeds, slotNames(jpegNodes.encoded));
      group.forEach((_, slot) => files.push(bytesOf(outputs[slot])));
    }
    return files;
  }

  close(): void {
    this.decoder.close();
    this.encoder.close();
  }

  /** Whole JPEGs, in groups; undefined for each that TensorFlow refuses. */
  private async decodeSmall(files: readonly Uint8Array[]): Promise<(DecodedPhoto | undefined)[]> {
    const photos: (DecodedPhoto | undefined)[] = [];
    for (let start = 0; start < files.length; start += jpegSlots) {
      const group = files.slice(start, start + jpegSlots);
      photos.push(...((await this.decodeGroup(group)) ?? (await this.decodeEach(group))));
    }
    return photos;
  }

  /** One bad file fails the run: then undefined. */
  private async decodeGroup(files: readonly Uint8Array[]): Promise<DecodedPhoto[] | undefined> {
    this.blankFile ??= this.encode([onePixel]).then(([file]) => file ?? new Uint8Array());
    const feeds = slotFeeds(jpegNodes.file, files.map(fileTensor), fileTensor(await this.blankFile));
    try {
      const outputs = await this.decoder.run(feeds, slotNames(jpegNodes.decoded));
      return files.map((_, slot) => ({ image: imageOf(outputs[slot]), scale: 1 }));
    } catch {
      return undefined;
    }
  }

  private async decodeEach(files: readonly Uint8Array[]): Promise<(DecodedPhoto | undefined)[]> {
    const photos: (DecodedPhoto | undefined)[] = [];
    for (const file of files) photos.push(await this.decodeSingly(file, 1));
    return photos;
  }

  private async decodeSingly(file: Uint8Array, ratio: DecodeRatio | undefined): Promise<DecodedPhoto | undefined> {
    if (ratio === undefined) return undefined;
    try {
      const [pixels] = await this.decoder.run({ [jpegNodes.singleFile]: fileTensor(file) }, [jpegNodes.single(ratio)]);
      return { image: imageOf(pixels), scale: 1 / ratio };
    } catch {
      return undefined;
    }
  }
}

/** The largest ratio that leaves `minSidePixels` of the longer side; undefined when TensorFlow would not decode the photo as sharp does. */
export function ratioFor(header: JpegHeader | undefined, minSidePixels: number): DecodeRatio | undefined {
  if (!header || !isPlain(header)) return undefined;
  const longSide = Math.max(header.width, header.height);
  return [...decodeRatios].reverse().find((ratio) => longSide / ratio >= minSidePixels) ?? 1;
}

/** DecodeJpeg knows neither orientation nor colour profiles, and mistakes the colours of CMYK. */
function isPlain({ width, height, components, precision, coding, orientation, hasColorProfile }: JpegHeader): boolean {
  const hasSize = width > 0 && height > 0 && width * height <= maxPixels;
  return hasSize && (components === 1 || components === 3) && precision === 8 && coding !== 'other' && orientation === 1 && !hasColorProfile;
}

function slotNames(name: (slot: number) => string): string[] {
  return Array.from({ length: jpegSlots }, (_, slot) => name(slot));
}

function slotFeeds(name: (slot: number) => string, values: readonly HostTensor[], blank: HostTensor): Record<string, HostTensor> {
  return Object.fromEntries(slotNames(name).map((slotName, slot) => [slotName, values[slot] ?? blank]));
}

function pixelTensor({ width, height, data }: RgbImage): HostTensor {
  return { dtype: 'uint8', shape: [height, width, 3], data };
}

function imageOf(tensor: HostTensor | undefined): RgbImage {
  const [height, width] = tensor?.shape ?? [];
  if (!(tensor?.data instanceof Uint8Array) || height === undefined || width === undefined) throw new Error('DecodeJpeg gave no picture');
  return { width, height, data: tensor.data };
}

function bytesOf(tensor: HostTensor | undefined): Uint8Array {
  const [bytes] = (tensor?.data ?? []) as readonly Uint8Array[];
  if (!bytes) throw new Error('EncodeJpeg gave no file');
  return bytes;
}
