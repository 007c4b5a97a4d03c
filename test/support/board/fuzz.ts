import { SeededRandom } from '../../../src/base/random';
import { encodeReply, ispStatus, ownStubOp, romOp, stubOp } from '../../../src/board/isp/packet';
import { encodeSlip } from '../../../src/board/isp/slip';
import type { Transport } from '../../../src/board/port/transport';
import type { DisposableLike } from '../../../src/base/disposable';
import { DeployBench, modelBytes, type Trial } from './deploy-trial';
import { ForwardingTransport } from './forwarding-transport';

const operations: readonly number[] = [...Object.values(romOp), ...Object.values(stubOp), ...Object.values(ownStubOp)];
const statuses: readonly number[] = Object.values(ispStatus);
const floodBytes = 300_000;
const mostRegionBytes = 70_000;

/** Makes bytes that a board might say, for the places of those that it does say. */
export type Forger = (random: SeededRandom) => Uint8Array;

/**
 * A line on which anything comes from the board: its own answers, damaged, doubled, or replaced by noise, by forged answers that nobody
 * asked for, and by floods. What the host sends arrives whole.
 */
export class FuzzedTransport extends ForwardingTransport {
  constructor(
    inner: Transport,
    private readonly random: SeededRandom,
    /** Share of pieces that are spoilt, 0 to 1. */
    private readonly share: number,
    private readonly forge: Forger,
  ) {
    super(inner);
  }

  override onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    return this.inner.onData((bytes) => {
      for (const piece of this.spoil(bytes)) listener(piece);
    });
  }

  private spoil(bytes: Uint8Array): readonly Uint8Array[] {
    const { random } = this;
    if (random.uniform() >= this.share) return [bytes];
    switch (random.below(7)) {
      case 0: return [noise(random, random.below(200)), bytes];
      case 1: return [noise(random, bytes.length)];
      case 2: return [];
      case 3: return [bytes, bytes];
      case 4: return [this.forge(random), bytes];
      case 5: return [damaged(bytes, random)];
      default: return random.uniform() < 0.05 ? [Uint8Array.of(0xc0), noise(random, floodBytes), bytes] : [this.forge(random)];
    }
  }
}

export function noise(random: SeededRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function forgedReply(random: SeededRandom): Uint8Array {
  return encodeSlip(encodeReply({ op: random.pick(operations), status: random.pick(statuses), data: noise(random, random.below(24)) }));
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
  const bench = await DeployBench.open({ regions: [{ address: 0x300000, bytes, name: 'm.kmodel' }], wrap: (transport) => new FuzzedTransport(transport, random, share, forgedReply) });
  try {
    const trial = await bench.deploy();
    if (trial.kind === 'verified' && !trial.holdsRegions) throw new Error(`Seed ${seed}: verified and not there`);
    if (!trial.othersUntouched) throw new Error(`Seed ${seed}: something beside the region changed`);
    return trial;
  } finally {
    bench.close();
  }
}
