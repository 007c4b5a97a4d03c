/**
 * What our own flash stub says about itself (k210-serial.md, section 2.3): "K2UP", u8, u16, u32, u32, little-endian.
 * The u16 cannot hold the usual 65536; that is written as 0.
 */
export interface StubHello {
  readonly version: number;
  /** Longest payload of a request, bytes. */
  readonly payloadLimitBytes: number;
  /** Clock of the UART, Hz; a sixteenth of it is the highest baud rate. */
  readonly apb0Hz: number;
  /** Clock of the processor, Hz. */
  readonly aclkHz: number;
}

const magic = 'K2UP';
const limitOfZero = 65536;
const helloBytes = 15;

export function encodeStubHello({ version, payloadLimitBytes, apb0Hz, aclkHz }: StubHello): Uint8Array {
  const bytes = new Uint8Array(helloBytes);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < magic.length; index++) bytes[index] = magic.charCodeAt(index);
  view.setUint8(4, version);
  view.setUint16(5, payloadLimitBytes % limitOfZero, true);
  view.setUint32(7, apb0Hz, true);
  view.setUint32(11, aclkHz, true);
  return bytes;
}

/** Undefined when `data` is not ours: another stub answers this request with something of its own. */
export function parseStubHello(data: Uint8Array): StubHello | undefined {
  if (data.length < helloBytes || String.fromCharCode(...data.subarray(0, magic.length)) !== magic) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { version: view.getUint8(4), payloadLimitBytes: view.getUint16(5, true) || limitOfZero, apb0Hz: view.getUint32(7, true), aclkHz: view.getUint32(11, true) };
}
