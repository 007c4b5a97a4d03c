import { SeededRandom } from '../../base/random';
import { UserError } from '../../base/user-error';
import { seededPermutation } from '../order';
import type { ClassMembers } from './class-members';

export interface PkOptions {
  /** P: different classes in a batch. */
  readonly classes: number;
  /** K: samples of each of them. */
  readonly samples: number;
  /** Classes with fewer samples are left out. Default 2: a single sample has no partner. */
  readonly fewest?: number;
  /** Batches an epoch. Default: as many as the samples fill. */
  readonly batches?: number;
}

/**
 * The order of an epoch in batches of P classes with K samples each, as losses over pairs and triplets want it; the samples of a
 * class lie side by side. Within a batch no class is drawn twice, and no sample either unless its class has fewer than K. Classes
 * take turns: none is drawn again before all others were, but for the at most P-1 that are left over in each turn.
 * It depends on its arguments alone.
 * @throws UserError when fewer than P classes have enough samples
 */
export function pkOrder(members: ClassMembers, seed: number, epoch: number, options: PkOptions): Uint32Array {
  const { classes: perBatch, samples: perClass, fewest = 2 } = options;
  const batches = options.batches ?? Math.floor(members.count / (perBatch * perClass));
  const classes = members.classesWith(Math.max(1, fewest));
  if (classes.length < perBatch) {
    throw new UserError(`A batch needs ${perBatch} people with at least ${fewest} images, but there are ${classes.length}.`, 'Choose smaller batches or add photos.');
  }
  const batchesPerTurn = Math.floor(classes.length / perBatch);
  const order = new Uint32Array(batches * perBatch * perClass);
  let turn = -1;
  let turnOrder: Uint32Array = new Uint32Array(0);
  for (let batch = 0; batch < batches; batch++) {
    const number = epoch * batches + batch;
    if (Math.floor(number / batchesPerTurn) !== turn) {
      turn = Math.floor(number / batchesPerTurn);
      turnOrder = seededPermutation(new SeededRandom(seed, 'pk-turn', turn), classes.length);
    }
    for (let i = 0; i < perBatch; i++) {
      const index = classes[turnOrder[(number % batchesPerTurn) * perBatch + i] as number] as number;
      const drawn = drawSamples(members.of(index), perClass, new SeededRandom(seed, 'pk-samples', turn, index));
      order.set(drawn, (batch * perBatch + i) * perClass);
    }
  }
  return order;
}

/** `count` different samples; where there are fewer, all of them again and again, each time in another order. */
function drawSamples(samples: Uint32Array, count: number, random: SeededRandom): Uint32Array {
  const drawn = new Uint32Array(count);
  for (let filled = 0; filled < count; ) {
    const part = drawDifferent(samples, Math.min(count - filled, samples.length), random);
    drawn.set(part, filled);
    filled += part.length;
  }
  return drawn;
}

/** The beginning of a Fisher-Yates shuffle that notes only what it moves: as fast for a class of thousands as for one of ten. */
function drawDifferent(samples: Uint32Array, count: number, random: SeededRandom): Uint32Array {
  const moved = new Map<number, number>();
  return Uint32Array.from({ length: count }, (_, i) => {
    const j = i + random.below(samples.length - i);
    const chosen = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return samples[chosen] as number;
  });
}
