import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** A file to pack. */
export interface PackedFile {
  readonly path: string;
  readonly data: Buffer;
  /** Without compression (zip). */
  readonly stored?: boolean;
  /** Makes it a symbolic link (tar). */
  readonly linkTo?: string;
}

/** A zip archive as a wheel is one. */
export function zipOf(files: readonly PackedFile[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.path);
    const content = file.stored === true ? file.data : deflateRawSync(file.data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(file.stored === true ? 0 : 8, 4);
    common.writeUInt32LE(crc32(file.data), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(file.data.length, 18);
    common.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from('PK\u0003\u0004', 'latin1'), common, name, content);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), common, tail, name);
    offset += 30 + name.length + content.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

/** A gzipped tar archive in the ustar form. */
export function tarGzOf(files: readonly PackedFile[]): Buffer {
  const blocks = files.flatMap((file) => {
    const data = file.linkTo === undefined ? file.data : Buffer.alloc(0);
    return [tarHeader(file, data.length), data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function tarHeader(file: PackedFile, sizeBytes: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(file.path, 0);
  header.write('0000755\u0000', 100);
  header.write(`${sizeBytes.toString(8).padStart(11, '0')}\u0000`, 124);
  header.write('        ', 148);
  header.write(file.linkTo === undefined ? '0' : '2', 156);
  header.write(file.linkTo ?? '', 157);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return header;
}

export function sha256Of(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
