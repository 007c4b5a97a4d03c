import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkDocument } from '../../../src/host/diagnostics/document-checks';
import { documentKindOf } from '../../../src/host/diagnostics/document-kinds';
import { findJsonPlace, jsonPlaces, removalRange, type JsonPlace } from '../../../src/host/diagnostics/json-places';
import { namedSettings } from '../../../src/host/diagnostics/named-settings';
import { checkRecipe } from '../../../src/training/recipe/check-recipe';
import { presets } from '../../../src/training/recipe/presets';

const text = '{\n  "batch": 16,\n  "list": [1, {"a\\"b": true}],\n  "last": "x"\n}\n';
const cut = (source: string, { start, end }: { start: number; end: number }): string => source.slice(start, end);

describe('findJsonPlace', () => {
  test('finds values and their names', () => {
    const at = (...path: (string | number)[]): string[] => {
      const place = findJsonPlace(text, path);
      return place ? [place.key ? cut(text, place.key) : '', cut(text, place.value)] : [];
    };
    assert.deepEqual(at('batch'), ['"batch"', '16']);
    assert.deepEqual(at('list', 1, 'a"b'), ['"a\\"b"', 'true']);
    assert.deepEqual(at('list', 0), ['', '1']);
    assert.deepEqual(at(), ['', text.trim()]);
    assert.deepEqual(at('missing'), []);
  });

  test('what stands before a mistake is found, and no text breaks it', () => {
    assert.deepEqual(findJsonPlace('{"a": 1, "b": ?', ['a'])?.value, { start: 6, end: 7 });
    for (const broken of ['', '{', '{"a"', '[1,', '"', '{"a":1 "b":2}']) assert.equal(findJsonPlace(broken, ['zz']), undefined);
  });

  test('a member is taken out with one comma and its line', () => {
    const without = (source: string, name: string): unknown => {
      const { start, end } = removalRange(source, findJsonPlace(source, [name]) as JsonPlace);
      return source.slice(0, start) + source.slice(end);
    };
    assert.equal(without(text, 'batch'), text.replace('  "batch": 16,\n', ''));
    assert.deepEqual(Object.keys(JSON.parse(without(text, 'last') as string) as object), ['batch', 'list']);
    assert.equal(without('{"a": 1, "b": 2}', 'a'), '{"b": 2}');
    assert.equal(without('{"a": 1}', 'a'), '{}');
  });
});

describe('checkRecipe', () => {
  test('each preset is right', () => {
    for (const name of Object.keys(presets)) assert.deepEqual(checkRecipe({ extends: name }), [], name);
    assert.deepEqual(checkRecipe({}), []);
  });
  test('an unknown name has the nearest one as its remedy', () => {
    assert.deepEqual(checkRecipe({ bacth: 16 }), [{ path: ['bacth'], message: 'bacth is not known. Did you mean batch?', name: { renameTo: 'batch' } }]);
  });
  test('a wrong value is told with its range', () => {
    assert.deepEqual(checkRecipe({ batch: 1 }), [{ path: ['batch'], message: 'batch is 1; it must be a whole number from 2 to 1024.' }]);
  });
  test('a name of another head says whose it is and can be removed', () => {
    const [problem] = checkRecipe({ head: { kind: 'softmax', margin: 0.5 } });
    assert.match(problem?.message ?? '', /head\.margin does not apply here; it belongs to kind "arcface"/);
    assert.deepEqual(problem?.name, {});
  });
  test('what does not go together is told at its setting', () => {
    const [problem] = checkRecipe({ epochs: 3, learningRate: { schedule: 'cosine', initial: 1e-3, warmUpEpochs: 9 } });
    assert.deepEqual(problem?.path, ['learningRate', 'warmUpEpochs']);
    assert.match(problem?.message ?? '', /^learningRate\.warmUpEpochs is 9, longer than the run/);
  });
  test('another version is told first', () => assert.deepEqual(checkRecipe({ version: 9, bacth: 1 }).map(({ path }) => path), [['version']]));
});

test('the other settings that a sentence names are found in the file', () => {
  const file = '{"extends": "softmax", "accumulate": 2, "head": {"kind": "arcface", "sampleRate": 0.5}}';
  const [problem] = checkRecipe(JSON.parse(file));
  assert.deepEqual(problem?.path, ['accumulate']);
  const named = namedSettings(problem.message, jsonPlaces(file), problem.path);
  assert.deepEqual(named.map(({ name, place }) => [name, cut(file, place)]), [['head.sampleRate', '"sampleRate"']]);
});

test('policies and datasets are checked by their schemas', () => {
  const check = (file: string, value: unknown): string[] => {
    const kind = documentKindOf(file);
    assert.ok(kind, file);
    return checkDocument(kind.name, value).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  assert.deepEqual(check('/w/team.policy.json', { rules: [{ above: 0, keep: true, kep: 1 }] }), ['rules.0.kep: kep is not known here.']);
  assert.match(check('/w/team.policy.json', { rules: [{ above: 5, keep: true }] })[0] ?? '', /^rules: No rule covers people with/);
  assert.ok(check('/w/datasets/a/dataset.json', { format: 2 }).some((line) => line.startsWith('format: ')));
  assert.equal(documentKindOf('/w/package.json'), undefined);
});
