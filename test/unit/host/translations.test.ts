import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { productRoot } from '../../../src/base/product';
import { extractTexts } from '../../support/extract-texts';
import { typeScriptFiles } from '../house/source-files';

const read = (file: string): Record<string, string> => JSON.parse(readFileSync(path.join(productRoot(), file), 'utf8')) as Record<string, string>;
const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();
const placeholders = (text: string): string[] => sorted(text.match(/\{\d+\}/g) ?? []);
const links = (text: string): string[] => sorted(text.match(/\]\((command|https?):[^)]*\)/g) ?? []);

/** English text -> Simplified Chinese. */
const translated = read('l10n/bundle.l10n.zh-cn.json');

describe('Simplified Chinese', () => {
  test('has every text of the extension, and none that is no longer used', () => {
    const files = typeScriptFiles('src').filter((file) => /^src\/(host|protocol|extension)/.test(file));
    const texts = sorted(files.flatMap((file) => extractTexts(path.join(productRoot(), file))));
    assert.ok(texts.length > 100);
    assert.deepEqual(texts.filter((text) => !(text in translated)), [], 'not translated');
    assert.deepEqual(Object.keys(translated).filter((text) => !texts.includes(text)), [], 'not used');
  });

  test('takes the same values', () => {
    for (const [english, chinese] of Object.entries(translated)) assert.deepEqual(placeholders(chinese), placeholders(english), english);
  });

  test('has every text of package.json, with the same links', () => {
    const english = read('package.nls.json');
    const chinese = read('package.nls.zh-cn.json');
    assert.deepEqual(sorted(Object.keys(chinese)), sorted(Object.keys(english)));
    for (const [key, text] of Object.entries(english)) assert.deepEqual(links(chinese[key] ?? ''), links(text), key);
  });
});
