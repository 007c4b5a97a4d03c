import { UserError } from '../../base/user-error';
import { elementCount } from '../../network/graph/graph-def';
import type { NetworkSpec, Weight, Weights } from '../../network/network-spec';
import { weightDefinitions } from '../../network/weight-definitions';
import type { HeadKind, TakenOver } from '../../protocol/run';
import { averagePrefix } from '../graph/weight-average';
import { baseNameOf, headPrefix, type HeadVariable } from '../heads/head-weights';
import { slotPrefix } from '../optimizers';

/** One end of a fork. */
export interface LineageEnd {
  readonly head: HeadKind;
  /** Index = label. Undefined when a run of an older version did not write them down. */
  readonly identities: readonly string[] | undefined;
}

/**
 * The weights of a network out of a parent's values.
 * @param whose the parent's name
 * @param remedy what to do when they do not fit
 * @throws UserError naming the first weight that is missing, has another shape (with both), or is not this network's
 */
export function takeOverNetwork(values: Weights, spec: NetworkSpec, whose: string, remedy: string): Map<string, Weight> {
  const misfit = (why: string): UserError => new UserError(`${whose} has another network than this run: ${why}.`, remedy);
  const network = new Map(weightDefinitions(spec).map(({ name, shape }) => {
    const weight = values.get(name);
    if (!weight) throw misfit(`it has no weight ${name}`);
    if (weight.shape.join() !== shape.join()) throw misfit(`weight ${name} is [${weight.shape.join(', ')}] there and [${shape.join(', ')}] here`);
    return [name, weight];
  }));
  const [first, ...others] = [...values.keys()].filter((name) => !network.has(name) && !besideNetwork.some((prefix) => name.startsWith(prefix)));
  if (first !== undefined) throw misfit(`weight ${first}${others.length > 0 ? ` and ${others.length} more of its weights` : ''} would have no place here`);
  return network;
}

/** What else a checkpoint holds. */
const besideNetwork = [headPrefix, slotPrefix, averagePrefix];

/**
 * Replaces the new values of a head by the parent's where they mean the same: those of identities with the same name, between two softmax heads
 * or between two heads with a margin, whose centres are all compared by angle. From softmax to a margin or back the head begins anew, as in
 * the original project.
 * @param values new values of the child's head, changed in place
 */
export function takeOverHead(
  parentValues: Weights, parent: LineageEnd, child: LineageEnd & { readonly identities: readonly string[] }, variables: readonly HeadVariable[],
  values: Map<string, Weight>,
): Pick<TakenOver, 'identitiesKept' | 'identitiesNew'> {
  const none = { identitiesKept: 0, identitiesNew: child.identities.length };
  const { identities } = parent;
  if (!identities || (parent.head === 'softmax') !== (child.head === 'softmax')) return none;
  const labelOf = new Map(identities.map((name, label) => [name, label]));
  const pairs = child.identities.flatMap((name, to) => {
    const from = labelOf.get(name);
    return from === undefined ? [] : [{ from, to }];
  });
  const perIdentity = variables.filter(({ layout }) => layout !== 'state');
  const sources = perIdentity.map((variable) => sourceOf(parentValues, variable));
  const fits = perIdentity.every((variable, i) => {
    const source = sources[i];
    return source && sizeOfOne(source.shape, identities.length) === sizeOfOne(variable.shape, child.identities.length);
  });
  if (!fits) return none;
  perIdentity.forEach((variable, i) => {
    const [source, target] = [sources[i], values.get(variable.name)];
    if (!source || !target) return;
    const [from, to] = [new IdentityParts(source, source.byRows, identities.length), new IdentityParts(target, variable.layout === 'rows', child.identities.length)];
    for (const pair of pairs) from.copy(pair.from, to, pair.to);
  });
  if (parent.head === child.head) {
    for (const { name } of variables.filter(({ layout }) => layout === 'state')) {
      const state = parentValues.get(name);
      if (state) values.set(name, state);
    }
  }
  return { identitiesKept: pairs.length, identitiesNew: child.identities.length - pairs.length };
}

/** The same weight in the parent, whichever way it lies there. */
function sourceOf(values: Weights, { name }: HeadVariable): (Weight & { readonly byRows: boolean }) | undefined {
  const base = baseNameOf(name);
  const found = [...values].find(([candidate]) => baseNameOf(candidate) === base);
  return found && { ...found[1], byRows: found[0] !== base };
}

function sizeOfOne(shape: readonly number[], identities: number): number {
  return elementCount(shape) / identities;
}

/** The numbers of single identities in a weight, in columns or in rows. */
class IdentityParts {
  private readonly size: number;
  private readonly each: number;

  constructor(private readonly weight: Weight, private readonly byRows: boolean, private readonly identities: number) {
    this.size = sizeOfOne(weight.shape, identities);
    this.each = byRows ? 1 : (weight.shape.at(-1) ?? 0) / identities;
  }

  copy(from: number, target: IdentityParts, to: number): void {
    // A row lists centre after centre; columns interleave the centres of an identity.
    const each = Math.max(this.each, target.each);
    for (let i = 0; i < this.size; i++) target.weight.data[target.position(to, i, each)] = this.weight.data[this.position(from, i, each)] ?? 0;
  }

  private position(identity: number, index: number, each: number): number {
    if (this.byRows) return identity * this.size + index;
    const length = this.size / each;
    return (index % length) * this.identities * this.each + identity * this.each + Math.floor(index / length);
  }
}

/** "kept: 48 of 60 identities' centres by name; new: 12; backbone: all 121 weights" */
export function describeTakenOver({ networkWeights, identitiesKept, identitiesNew }: TakenOver): string {
  const total = identitiesKept + identitiesNew;
  const head = identitiesKept === 0 ? `head: new for all ${total} identities` : `kept: ${identitiesKept} of ${total} identities' centres by name; new: ${identitiesNew}`;
  return `${head}; backbone: all ${networkWeights} weights`;
}
