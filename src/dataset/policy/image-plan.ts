import { SeededRandom } from '../../base/random';
import type { Recipe } from './augmenter';
import { describeRule, finalImages, keptImages, ruleIndexFor, type Policy, type PolicyRule } from './policy';

/** A person and the numbers of their photos that have a crop. */
export interface PersonPhotos {
  readonly name: string;
  readonly photoNumbers: readonly number[];
}

export interface SelectedPerson extends PersonPhotos {
  readonly rule: PolicyRule;
}

/** What a policy leaves of the crops, before copies. */
export interface Selection {
  readonly people: readonly SelectedPerson[];
  readonly droppedPeople: readonly PersonPhotos[];
  /** Photos that were not drawn, of people who stay. */
  readonly unsampledPhotos: readonly number[];
}

/** Applies a policy to the crops. Which photos of a person are drawn depends on the seed, their name and their photos alone. */
export function selectPhotos(policy: Policy, people: readonly PersonPhotos[], seed: number): Selection {
  const selected: SelectedPerson[] = [];
  const droppedPeople: PersonPhotos[] = [];
  const unsampledPhotos: number[] = [];
  for (const person of people) {
    const rule = ruleFor(policy, person.photoNumbers.length);
    const count = keptImages(rule, person.photoNumbers.length);
    if (count === 0) {
      droppedPeople.push(person);
      continue;
    }
    const drawn = draw(person, count, seed);
    selected.push({ name: person.name, rule, photoNumbers: person.photoNumbers.filter((photo) => drawn.has(photo)) });
    unsampledPhotos.push(...person.photoNumbers.filter((photo) => !drawn.has(photo)));
  }
  return { people: selected, droppedPeople, unsampledPhotos };
}

/** Every image of a dataset, person by person, in typed arrays of equal length: 14 bytes an image. */
export interface ImagePlan {
  readonly count: number;
  /** Photo whose crop the image is made of. */
  readonly photo: Uint32Array;
  /** Index of the person. */
  readonly label: Uint32Array;
  /** 0: the crop as it is; k: a copy by `recipes[k - 1]`. */
  readonly recipe: Uint16Array;
  /** Number among the copies by this recipe of this photo, from 0. */
  readonly turn: Uint32Array;
  readonly recipes: readonly Recipe[];
  /** Images of each person, with copies. */
  readonly imagesOf: readonly number[];
}

/** Lists the images of selected people with the copies that their rules ask for. People who are held out get no copies. */
export function planImages(people: readonly SelectedPerson[], heldOut: ReadonlySet<string>, seed: number): ImagePlan {
  const imagesOf = people.map(({ name, rule, photoNumbers }) => (heldOut.has(name) ? photoNumbers.length : finalImages(rule, photoNumbers.length)));
  const count = imagesOf.reduce((sum, images) => sum + images, 0);
  const recipes: Recipe[] = [];
  const recipesOf = new Map<PolicyRule, readonly number[]>();
  const plan = { count, photo: new Uint32Array(count), label: new Uint32Array(count), recipe: new Uint16Array(count), turn: new Uint32Array(count), recipes, imagesOf };
  let next = 0;
  people.forEach((person, label) => {
    const add = (photo: number, recipe: number, turn: number): void => {
      plan.photo[next] = photo;
      plan.label[next] = label;
      plan.recipe[next] = recipe;
      plan.turn[next] = turn;
      next++;
    };
    for (const photo of person.photoNumbers) add(photo, 0, 0);
    if (heldOut.has(person.name)) return;
    const recipeNumbers = recipesOf.get(person.rule) ?? addRecipes(person.rule, recipes);
    recipesOf.set(person.rule, recipeNumbers);
    if (person.rule.exactly !== undefined) topUp(person, person.rule.exactly, seed, (photo, turn) => add(photo, recipeNumbers[0] as number, turn));
    else person.photoNumbers.forEach((photo) => recipeNumbers.forEach((recipe) => add(photo, recipe, 0)));
  });
  return plan;
}

/** What one rule of a policy does to a collection. */
export interface RuleEffect {
  /** The rule in words. */
  readonly rule: string;
  readonly people: number;
  /** Photos of these people before. */
  readonly photos: number;
  /** Images after, with copies. */
  readonly images: number;
}

/** What a policy would do to people with so many photos each, were a face found in all and nobody held out. */
export function previewPolicy(policy: Policy, photoCounts: readonly number[]): RuleEffect[] {
  const effects = policy.rules.map((rule) => ({ rule: describeRule(rule), people: 0, photos: 0, images: 0 }));
  for (const photos of photoCounts) {
    const index = ruleIndexFor(policy, photos);
    const effect = effects[index];
    const rule = policy.rules[index];
    if (!effect || !rule) continue;
    effect.people++;
    effect.photos += photos;
    effect.images += finalImages(rule, photos);
  }
  return effects;
}

/** What a policy did: the same figures for real people. */
export function policyEffects(policy: Policy, people: readonly PersonPhotos[], selected: readonly SelectedPerson[], plan: ImagePlan): RuleEffect[] {
  const effects = previewPolicy(policy, people.map(({ photoNumbers }) => photoNumbers.length));
  const images = new Map<PolicyRule, number>();
  selected.forEach(({ rule }, i) => images.set(rule, (images.get(rule) ?? 0) + (plan.imagesOf[i] ?? 0)));
  return effects.map((effect, i) => ({ ...effect, images: images.get(policy.rules[i] as PolicyRule) ?? 0 }));
}

/** Copies by the operations that made them, e.g. {"opening": 120}; copies by several are "top-up". */
export function countCopies({ recipe, recipes }: Pick<ImagePlan, 'recipe' | 'recipes'>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const number of recipe) {
    const made = recipes[number - 1];
    if (!made) continue;
    const name = made.inRandomOrder ? 'top-up' : (made.operations[0]?.name ?? '');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function ruleFor(policy: Policy, images: number): PolicyRule {
  return policy.rules[ruleIndexFor(policy, images)] ?? { above: 0, drop: true };
}

function draw({ name, photoNumbers }: PersonPhotos, count: number, seed: number): ReadonlySet<number> {
  if (count === photoNumbers.length) return new Set(photoNumbers);
  return new Set(new SeededRandom(seed, 'policy', 'sample', name).shuffle([...photoNumbers]).slice(0, count));
}

/** Appends the recipes of a rule and returns their numbers, which begin at 1. */
function addRecipes({ operations = [], exactly }: PolicyRule, recipes: Recipe[]): number[] {
  const added: Recipe[] = exactly === undefined ? operations.map((operation) => ({ operations: [operation], inRandomOrder: false })) : [{ operations, inRandomOrder: true }];
  recipes.push(...added);
  return added.map((_, i) => recipes.length - added.length + i + 1);
}

function topUp({ name, photoNumbers }: PersonPhotos, wanted: number, seed: number, add: (photo: number, turn: number) => void): void {
  const random = new SeededRandom(seed, 'policy', 'top-up', name);
  const turns = new Map<number, number>();
  for (let i = photoNumbers.length; i < wanted; i++) {
    const photo = random.pick(photoNumbers);
    const turn = turns.get(photo) ?? 0;
    turns.set(photo, turn + 1);
    add(photo, turn);
  }
}
