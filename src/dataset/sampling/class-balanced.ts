import { SeededRandom } from '../../base/random';
import { UserError } from '../../base/user-error';
import { seededPermutation } from '../order';
import type { ClassMembers } from './class-members';

/**
 * The order of an epoch in which every class appears equally often. The endless sequence of all epochs goes in rounds: each round
 * holds every class once, in random order; a class gives its samples in random order and begins anew when all were given. So in
 * any epoch the uses of two classes differ by at most 2, and those of two samples of one class too.
 * It depends on its arguments alone: a training goes on exactly at (seed, epoch, position).
 * @param length samples an epoch
 * @throws UserError when there are no samples
 */
export function classBalancedOrder(members: ClassMembers, seed: number, epoch: number, length = members.count): Uint32Array {
  const classes = members.classesWith(1);
  if (classes.length === 0) throw new UserError('There are no images to choose from.', 'Prepare a dataset with images for training.');
  const first = epoch * length;
  const firstRound = Math.floor(first / classes.length);
  const rounds = Math.ceil((first + length) / classes.length) - firstRound;
  const uses = usesByRound(members, classes, { seed, firstRound, rounds });
  const order = new Uint32Array(length);
  for (let round = 0; round < rounds; round++) {
    const places = seededPermutation(new SeededRandom(seed, 'class-round', firstRound + round), classes.length);
    const start = (firstRound + round) * classes.length - first;
    places.forEach((place, i) => {
      if (start + i >= 0 && start + i < length) order[start + i] = uses[round * classes.length + place] as number;
    });
  }
  return order;
}

interface RoundRange {
  readonly seed: number;
  readonly firstRound: number;
  readonly rounds: number;
}

/** The sample that each class gives in each round, [rounds, classes]. */
function usesByRound(members: ClassMembers, classes: Uint32Array, { seed, firstRound, rounds }: RoundRange): Uint32Array {
  const uses = new Uint32Array(rounds * classes.length);
  classes.forEach((index, place) => {
    const samples = members.of(index);
    let cycle = -1;
    let order: Uint32Array = new Uint32Array(0);
    for (let round = 0; round < rounds; round++) {
      const use = firstRound + round;
      if (Math.floor(use / samples.length) !== cycle) {
        cycle = Math.floor(use / samples.length);
        order = seededPermutation(new SeededRandom(seed, 'class-cycle', index, cycle), samples.length);
      }
      uses[round * classes.length + place] = samples[order[use % samples.length] as number] as number;
    }
  });
  return uses;
}
