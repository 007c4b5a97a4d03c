import { answerWithin } from '../../base/answer-within';
import { CollectiveError } from '../../engine/collective-error';
import type { Engine, GraphSession } from '../../engine/engine';
import { GraphBuilder } from '../../network/graph/graph-builder';
import type { HostTensor } from '../../network/graph/graph-def';
import { allGather, allReduceSum, broadcastReceive, broadcastSend } from './collectives';
import { collectivesPerRun } from './run-collectives';

/** One of the ranks of a cluster. */
export interface ClusterSeat {
  /** 0..ranks-1; rank 0 leads. */
  readonly rank: number;
  readonly ranks: number;
  /** How long a rank waits for another one within a step, a message or a check. */
  readonly timeoutSeconds: number;
  /** How long a rank waits at the start until all others are there. */
  readonly startTimeoutSeconds: number;
}

/** A seat for one run: each train graph has collectives of its own. */
export interface RunSeat extends ClusterSeat {
  /** The first of the run's; see `Collective`. */
  readonly instance: number;
}

/** int32 of the first piece of a message: the length in bytes, then as much of it as fits. */
const headWords = 256;
const headBytes = (headWords - 1) * 4;
/** int32 of each further piece; 4 MiB. */
const pieceWords = 1 << 20;

/** int32 of each rank in a piece of what is gathered; 1 MiB. */
const gatherWords = 1 << 18;

/**
 * So long after the time of a collective TensorFlow is still waited for. It asks rank 0 for the number of the step first, which it does without a limit:
 * a rank 0 that is not there, or is another process by now, may never answer.
 */
const answerMs = 3000;

/** Above those of the channel: TensorFlow tells collectives apart by these numbers alone, whatever graph they are in. */
const firstRunInstance = 100;

const nodes = { meet: 'meet', head: 'head', piece: 'piece', rows: 'rows', gather: 'gather' } as const;
const inputs = { meet: 'input/meet', head: 'input/head', piece: 'input/piece', rows: 'input/rows', gather: 'input/gather' } as const;

/** Messages from rank 0 to all others, and tables that all fill in together, by collectives of their own. Every rank makes the same calls in the same order. */
export class ClusterChannel {
  private readonly session: GraphSession;
  private runs = 0;
  private readonly outputs: Readonly<Record<keyof typeof nodes, string>>;

  /** @param rowWords int32 of a row of `exchange` */
  constructor(engine: Engine, readonly seat: ClusterSeat, private readonly rowWords: number) {
    const { rank, ranks } = seat;
    const g = new GraphBuilder();
    const sum = (name: keyof typeof nodes, shape: readonly number[], instance: number): string =>
      g.scope(nodes[name], () => allReduceSum(g, g.placeholder(inputs[name], shape, 'int32'), { ranks, instance, timeoutSeconds: this.timeoutSeconds(name) })).ref;
    const broadcast = (name: keyof typeof nodes, words: number, instance: number): string => g.scope(nodes[name], () => {
      const collective = { ranks, instance, timeoutSeconds: this.timeoutSeconds(name) };
      if (rank > 0) return broadcastReceive(g, { shape: [words], dtype: 'int32' }, collective);
      return broadcastSend(g, g.placeholder(inputs[name], [words], 'int32'), collective);
    }).ref;
    this.outputs = {
      meet: sum('meet', [1], 1),
      head: broadcast('head', headWords, 2), piece: broadcast('piece', pieceWords, 3),
      rows: sum('rows', [ranks, rowWords], 4),
      gather: g.scope(nodes.gather, () => allGather(g, g.placeholder(inputs.gather, [gatherWords], 'int32'), { ranks, instance: 5, timeoutSeconds: this.timeoutSeconds('gather') })).ref,
    };
    this.session = engine.openSession(g.build());
  }

  /** The seat for the next run, which all ranks take in the same order. */
  nextRun(): RunSeat {
    return { ...this.seat, instance: firstRunInstance + collectivesPerRun * this.runs++ };
  }

  /** Waits until all ranks are there. @throws CollectiveError when they are not within the time */
  async meet(): Promise<void> {
    await this.run('meet', { [inputs.meet]: int32([1], Int32Array.of(1)) });
  }

  /** Hands a message to all other ranks, which `receive` it. For rank 0. */
  async send(message: Uint8Array): Promise<void> {
    const head = new Int32Array(headWords);
    head[0] = message.length;
    new Uint8Array(head.buffer, 4).set(message.subarray(0, headBytes));
    await this.run('head', { [inputs.head]: int32([headWords], head) });
    for (let start = headBytes; start < message.length; start += pieceWords * 4) {
      const piece = new Int32Array(pieceWords);
      new Uint8Array(piece.buffer).set(message.subarray(start, start + pieceWords * 4));
      await this.run('piece', { [inputs.piece]: int32([pieceWords], piece) });
    }
  }

  /** The next message of rank 0. For all others. */
  async receive(): Promise<Uint8Array> {
    const head = await this.run('head', {});
    const message = new Uint8Array(head[0] ?? 0);
    message.set(bytesOf(head).subarray(4, 4 + Math.min(message.length, headBytes)));
    for (let start = headBytes; start < message.length; start += pieceWords * 4) {
      message.set(bytesOf(await this.run('piece', {})).subarray(0, message.length - start), start);
    }
    return message;
  }

  /** Rows of all ranks, in their order. @param row int32 [rowWords] of this one */
  async exchange(row: Int32Array): Promise<Int32Array[]> {
    const { rank, ranks } = this.seat;
    const table = new Int32Array(ranks * this.rowWords);
    table.set(row, rank * this.rowWords);
    const all = await this.run('rows', { [inputs.rows]: int32([ranks, this.rowWords], table) });
    return Array.from({ length: ranks }, (_, i) => all.subarray(i * this.rowWords, (i + 1) * this.rowWords));
  }

  /**
   * Hands values of every rank to rank 0, piece by piece.
   * @param lengths how many each rank has, the same on every rank
   * @returns those of all ranks; undefined on others than rank 0
   */
  async gather(own: Float32Array, lengths: readonly number[]): Promise<Float32Array[] | undefined> {
    const { rank } = this.seat;
    const parts = rank === 0 ? lengths.map((length) => new Float32Array(length)) : undefined;
    for (let start = 0; start < Math.max(...lengths); start += gatherWords) {
      const piece = new Float32Array(gatherWords);
      piece.set(own.subarray(start, start + gatherWords));
      // As whole numbers, so that no value is taken for one.
      const all = await this.run('gather', { [inputs.gather]: int32([gatherWords], new Int32Array(piece.buffer)) });
      parts?.forEach((part, other) => part.set(new Float32Array(all.buffer, all.byteOffset + other * gatherWords * 4, gatherWords).subarray(0, Math.max(0, part.length - start)), start));
    }
    return parts;
  }

  close(): void {
    this.session.close();
  }

  private timeoutSeconds(name: keyof typeof nodes): number {
    return name === 'meet' ? this.seat.startTimeoutSeconds : this.seat.timeoutSeconds;
  }

  private async run(name: keyof typeof nodes, feeds: Record<string, HostTensor>): Promise<Int32Array> {
    const limitMs = this.timeoutSeconds(name) * 1000 + answerMs;
    const [tensor] = await answerWithin(limitMs, this.session.run(feeds, [this.outputs[name]]), () => new CollectiveError(`No answer of rank 0 within ${limitMs / 1000} s`));
    if (!(tensor?.data instanceof Int32Array)) throw new Error(`The channel returned no ${name}`);
    return tensor.data;
  }
}

function int32(shape: readonly number[], data: Int32Array): HostTensor {
  return { dtype: 'int32', shape, data };
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
