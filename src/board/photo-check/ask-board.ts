import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { silentProgress, type ProgressReporter } from '../../base/progress';
import { BoardError } from '../board-error';
import type { Clock } from '../clock';
import type { Transport } from '../port/transport';
import { SerialInbox } from '../repl/serial-inbox';
import { toRgb565 } from './rgb565';

export interface BoardEmbedding {
  /** As the model on the board gives it: not of unit length for every model. */
  readonly values: Float32Array;
  /** How long the board computed. */
  readonly ms: number;
}

export interface AskOptions {
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

/** Pixels of one piece: with their base64 well below the firmware's receive ring. */
const piecePixels = 384;
const bytesPerPixel = 2;
/** A camera program looks at the line between two pictures. */
const answerLimitMs = 3000;
const tries = 5;

const answers = {
  photo: z.object({ k2: z.literal('photo'), size: z.number().int(), next: z.literal(0) }),
  pixels: z.object({ k2: z.literal('pixels'), next: z.number().int() }),
  embedding: z.object({ k2: z.literal('embedding'), ms: z.number(), crc: z.number(), values: z.string() }),
} as const;
const complaint = z.object({ k2: z.literal('error'), message: z.string() });

/**
 * Sends an aligned face to the program on the board and gets its embedding back.
 * @param crop RGB [size][size][3]; the board sees it with 16 bits per pixel
 * @throws BoardError K2-REPL-PROOF when no such program runs there, or its model takes pictures of another size
 */
export async function askBoardForEmbedding(transport: Transport, clock: Clock, crop: Uint8Array, size: number, options: AskOptions = {}): Promise<BoardEmbedding> {
  const inbox = new SerialInbox(transport, clock);
  try {
    return await new PhotoConversation(transport, inbox, options).run(toRgb565(crop), size);
  } finally {
    inbox.dispose();
  }
}

class PhotoConversation {
  constructor(
    private readonly transport: Transport,
    private readonly inbox: SerialInbox,
    private readonly options: AskOptions,
  ) {}

  async run(pixels: Uint8Array, size: number): Promise<BoardEmbedding> {
    const { progress = silentProgress } = this.options;
    const photo = await this.ask('photo', answers.photo);
    if (photo.size !== size) throw new BoardError('K2-REPL-PROOF', `The program on the board takes faces of ${photo.size} pixels, the model here of ${size}.`, 'Deploy this model with its program, then check again.');
    const count = pixels.length / bytesPerPixel;
    let failures = 0;
    for (let next = 0; next < count; ) {
      const piece = pixels.subarray(next * bytesPerPixel, (next + piecePixels) * bytesPerPixel);
      const answer = await this.ask(`pixels ${next} ${crc32(piece, next)} ${Buffer.from(piece).toString('base64')}`, answers.pixels);
      if (answer.next <= next && ++failures >= tries) throw this.badLine();
      if (answer.next > next) failures = 0;
      next = answer.next;
      progress.report({ label: 'Sending the photo', done: next, total: count, unit: 'pixels' });
    }
    for (let attempt = 0; attempt < tries; attempt++) {
      const { ms, crc, values } = await this.ask('embed', answers.embedding, 30_000);
      if (crc32(Buffer.from(values)) !== crc) continue;
      const bytes = Uint8Array.from(Buffer.from(values, 'base64'));
      return { ms, values: new Float32Array(bytes.buffer) };
    }
    throw this.badLine();
  }

  private async ask<T>(command: string, schema: z.ZodType<T>, limitMs = answerLimitMs): Promise<T> {
    const { signal } = this.options;
    for (let attempt = 0; attempt < tries; attempt++) {
      this.inbox.discard();
      // The line before ends whatever half command was lost.
      await this.transport.write(Buffer.from(`\n~k2 ${command}\n`), signal);
      const text = await this.inbox.readUntil(/\{"[^{}\n]*"k2"[^{}\n]*\}|\{"k2"[^{}\n]*\}/, limitMs, signal);
      if (text === undefined) continue;
      const answer = parsed(/\{[^{}\n]*\}$/.exec(text)?.[0] ?? '');
      const fitting = schema.safeParse(answer);
      if (fitting.success) return fitting.data;
      const refused = complaint.safeParse(answer);
      if (refused.success && attempt === tries - 1) throw new BoardError('K2-REPL-PROOF', `The program on the board says: ${refused.data.message}.`, 'Deploy the model with its program again, then check again.');
    }
    throw new BoardError(
      'K2-REPL-PROOF', `No program on the board at ${this.transport.path} answers to photos.`,
      'Deploy the model together with its program (`deploy ... --main`), wait until the camera picture shows, and check again.',
      this.inbox.lastBytes === '' ? { isOtherPortWorthTrying: true } : {},
    );
  }

  private badLine(): BoardError {
    return new BoardError('K2-REPL-LINE', `The line to the board at ${this.transport.path} loses bytes.`, 'Use a shorter or better USB cable and no hub, and try again.');
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
