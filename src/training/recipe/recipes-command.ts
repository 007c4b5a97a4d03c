import { Argument, type Command } from 'commander';
import type { CommandRunner } from '../../base/command';
import { presetNames, presets, type PresetName } from './presets';
import { parseRecipe } from './recipe-file';
import { recipeJsonSchema } from './recipe-file-schema';

export function registerRecipesCommands(program: Command, run: CommandRunner): void {
  const recipes = program.command('recipes').description('recipes of trainings: list the presets, print one to start from');
  run(recipes.command('list').description('list the presets that `train --recipe` knows by name'), () => {
    const list = presetNames.map((name) => ({ name, title: presets[name].title }));
    const width = Math.max(...presetNames.map((name) => name.length));
    return Promise.resolve({ result: { recipes: list }, text: list.map(({ name, title }) => `${name.padEnd(width)}  ${title}`).join('\n') });
  });
  run(recipes.command('show').addArgument(new Argument('<preset>').choices(presetNames)).description('print a preset whole, as a file to start from'), ([name]) => {
    const recipe = parseRecipe(presets[name as PresetName].recipe, name ?? '');
    return Promise.resolve({ result: { recipe }, text: JSON.stringify(recipe, null, 2) });
  });
  run(recipes.command('schema').description('print the JSON Schema of recipe files'), () => {
    const schema = recipeJsonSchema();
    return Promise.resolve({ result: { schema }, text: JSON.stringify(schema, null, 2) });
  });
}
