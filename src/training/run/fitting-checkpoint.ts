import { UserError } from '../../base/user-error';
import type { Weights } from '../../network/network-spec';

/**
 * Checks that a checkpoint holds what its run computes with, no more and no less.
 * @throws UserError naming the first weight that is missing, has another shape (with both), or is not known to the run
 */
export function checkFits(values: Weights, variables: readonly { readonly name: string; readonly shape: readonly number[] }[], run: string): void {
  const misfit = (why: string): UserError =>
    new UserError(`The checkpoint of ${run} does not fit its recipe: ${why}.`, 'Restore its run.json, or start a new run from it with `train --from`.');
  for (const { name, shape } of variables) {
    const weight = values.get(name);
    if (!weight) throw misfit(`weight ${name} is missing`);
    if (weight.shape.join() !== shape.join()) throw misfit(`weight ${name} is [${weight.shape.join(', ')}] there, the recipe needs [${shape.join(', ')}]`);
  }
  const known = new Set(variables.map(({ name }) => name));
  const extra = [...values.keys()].find((name) => !known.has(name));
  if (extra !== undefined) throw misfit(`the recipe has no weight ${extra}`);
}
