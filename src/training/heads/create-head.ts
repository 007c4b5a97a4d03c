import type { Recipe } from '../recipe/recipe';
import { adaCosScale, arcFaceHead } from './arcface';
import type { Head } from './head';
import { softmaxHead } from './softmax';

/** The head that a recipe asks for, over this many identities. */
export function createHead(recipe: Recipe['head'], identities: number): Head {
  if (recipe.kind === 'softmax') return softmaxHead;
  return arcFaceHead(recipe.scale === 'adacos' ? adaCosScale(identities) : recipe.scale);
}
