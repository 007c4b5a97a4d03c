import { SeededRandom } from '../../../src/base/random';
import { encodeReply, ispStatus, ownStubOp, romOp, stubOp } from '../../../src/board/isp/packet';
import { encodeSlip } from '../../../src/board/isp/slip';
import type { ControlLines, PortLoss, Transport } from '../../../src/board/port/transport';
import type { DisposableLike } from '../../../src/base/disposable';
import { DeployBench, modelBytes, type Trial } from './deploy-trial';

const operations: readonly number[] = [...Object.values(romOp), ...Object.values(stubOp), ...Object.values(ownStubOp)];
const statuses: readonly number[] = Object.values(ispStatus);
const floodBytes = 300_000;
const mostRegionBytes = 70_000;

/**
 * A line on which anything comes from the board: its own answers, damaged, doubled, or replaced by noise, by replies that nobody
 * asked for, and by floods. What the host sends arrives whole.
 */
class FuzzedTransport implements Transport {
  constructor(
    private readonly inner: Transport,
    private readonly random: SeededRandom,
    /** Share of pieces that are spoilt, 0 to 1. */
    private readonly share: number,
  ) {}

  get path(): string {
    return this.inner.path;
  }

  get baudRate(): number {
    return this.inner.baudRate;
  }

  onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    return this.inner.onData((bytes) => {
      for (const piece of this.spoil(bytes)) listener(piece);
    });
  }

  onLoss(listener: (loss: PortLoss) => void): DisposableLike {
    return this.inner.onLoss(listener);
  }

  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.inner.write(bytes, signal);
  }

  setBaudRate(baudRate: number): Promise<void> {
    return this.inner.setBaudRate(baudRate);
  }

  setLines(lines: ControlLines): Promise<'set' | 'unsupported'> {
    return this.inner.setLines(lines);
  }

  discardInput(): Promise<void> {
    return this.inner.discardInput();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private spoil(bytes: Uint8Array): readonly Uint8Array[] {
    const { random } = this;
    if (random.uniform() >= this.share) return [bytes];
    switch (random.below(7)) {
      case 0: return [this.noise(random.below(200)), bytes];
      case 1: return [this.noise(bytes.length)];
      case 2: return [];
      case 3: return [bytes, bytes];
      case 4: return [this.reply(), bytes];
      case 5: return [damaged(bytes, random)];
      default: return random.uniform() < 0.05 ? [Uint8Array.of(0xc0), this.noise(floodBytes), bytes] : [this.reply()];
    }
  }

  private noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.random.below(256));
  }

  private reply(): Uint8Array {
    return encodeSlip(encodeReply({ op: this.random.pick(operations), status: this.random.pick(statuses), data: this.noise(this.random.below(24)) }));
  }
}

function damaged(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const changed = Uint8Array.from(bytes);
  if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
  return changed;
}

/**
 * One deployment over a line on which anything may come from the board. Expected failures are results.
 * @throws Error when it hangs, fails in an unexpected way, or says that bytes are verified which the flash does not hold
 */
export async function fuzzDeployment(seed: number): Promise<Trial> {
  const random = new SeededRandom(seed, 'fuzz');
  const share = random.pick([0.002, 0.02, 0.2, 1]);
  const bytes = modelBytes(1 + random.below(mostRegionBytes), seed);
  const bench = await DeployBench.open({ regions: [{ address: 0x300000, bytes, name: 'm.kmodel' }], wrap: (transport) => new FuzzedTransport(transport, random, share) });
  try {
    const trial = await bench.deploy();
    if (trial.kind === 'verified' && !trial.holdsRegions) throw new Error(`Seed ${seed}: verified and not there`);
    if (!trial.othersUntouched) throw new Error(`Seed ${seed}: something beside the region changed`);
    return trial;
  } finally {
    bench.close();
  }
}
