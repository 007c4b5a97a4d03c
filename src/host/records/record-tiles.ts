import type { ExampleFeature } from '../../dataset/tfrecord/example-features';
import type { BrowsedRecord, RecordBrowser } from '../../dataset/tfrecord/record-browser';
import type { RecordDetails, RecordTile } from '../../protocol/records-page';

const largestPictureBytes = 1024 * 1024;
const shownTextLength = 64;

/** First bytes of the picture formats that pages show. */
const pictureTypes = [
  { type: 'image/jpeg', magic: [0xff, 0xd8, 0xff] }, { type: 'image/png', magic: [0x89, 0x50, 0x4e, 0x47] }, { type: 'image/webp', magic: [0x52, 0x49, 0x46, 0x46] },
] as const;

export type NameOfLabel = (label: number) => string | undefined;

export async function readTile(browser: RecordBrowser, number: number, nameOf: NameOfLabel): Promise<RecordTile> {
  return tileOf(await browser.read(number), browser.label(number), nameOf);
}

export async function readDetails(browser: RecordBrowser, number: number, nameOf: NameOfLabel): Promise<RecordDetails> {
  const record = await browser.read(number);
  const features = record.features.map((feature) => ({ name: feature.name, kind: feature.kind, count: feature.count, value: valueText(feature) }));
  return { ...tileOf(record, browser.label(number), nameOf), position: record.position, bytes: record.bytes, features };
}

function tileOf({ number, features, problem }: BrowsedRecord, label: number, nameOf: NameOfLabel): RecordTile {
  const person = nameOf(label);
  const picture = pictureOf(features);
  return { number, label, ...(person === undefined ? {} : { person }), ...(picture === undefined ? {} : { picture }), ...(problem === undefined ? {} : { problem }) };
}

function pictureOf(features: readonly ExampleFeature[]): string | undefined {
  for (const { bytes } of features) {
    const type = bytes && bytes.length <= largestPictureBytes ? pictureTypes.find(({ magic }) => magic.every((value, index) => bytes[index] === value)) : undefined;
    if (bytes && type) return `data:${type.type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}`;
  }
  return undefined;
}

/** "112", "0.5, 0.25, …", "a short text" or "4,218 bytes" */
function valueText({ kind, count, numbers, bytes }: ExampleFeature): string {
  if (kind === 'bytes' && bytes) return isText(bytes) ? Buffer.from(bytes).toString('utf8') : `${bytes.length} bytes`;
  const shown = numbers.map((value) => (kind === 'float' ? Number(value.toPrecision(6)) : value)).join(', ');
  return count > numbers.length ? `${shown}, …` : shown;
}

function isText(bytes: Uint8Array): boolean {
  return bytes.length <= shownTextLength && bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);
}
