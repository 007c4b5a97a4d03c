import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as TypeScript from 'typescript';
import { productRoot } from '../../../src/base/product';
import { readProjectFile } from './source-files';

/** Loaded at run time, so that the bundle of the test does not carry the whole compiler. */
const ts = createRequire(path.join(productRoot(), 'package.json'))('typescript') as typeof TypeScript;

/** One import of one file. */
export interface Import {
  /** Importing file, relative to the project's root. */
  readonly from: string;
  /** Imported file relative to the project's root, or a package's name (`@scope/name` or `name`). */
  readonly to: string;
  readonly isPackage: boolean;
  /** The import leaves nothing behind at run time. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when the way of the program comes by. */
  readonly isLazy: boolean;
}

type Reference = Pick<Import, 'typeOnly' | 'isLazy'> & { readonly name: string };

/** All imports, re-exports, `import()` and `require()` with a literal name, of the given files. */
export function importsOf(files: readonly string[]): Import[] {
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readProjectFile(file), ts.ScriptTarget.ES2022, true);
    const found: Import[] = [];
    const visit = (node: TypeScript.Node): void => {
      const reference = moduleReference(node);
      if (reference !== undefined) found.push({ from: file, ...resolve(file, reference.name), typeOnly: reference.typeOnly, isLazy: reference.isLazy });
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/**
 * Groups of files that import each other in a circle at run time, each as the way round.
 * @param imports edges; packages are left out
 */
export function findCircles(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, isPackage, typeOnly } of imports) {
    if (!isPackage && !typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const circles: string[][] = [];
  const finished = new Set<string>();
  const walk = (file: string, way: string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) circles.push([...way.slice(start), file]);
    if (start >= 0 || finished.has(file)) return;
    for (const target of next.get(file) ?? []) walk(target, [...way, file]);
    finished.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return circles;
}

/** Files and packages that may be loaded at run time when `entry` is, `entry` included. */
export function loadedWith(entry: string, imports: readonly Import[]): Set<string> {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) loaded.add(to);
  }
  return loaded;
}

function moduleReference(node: TypeScript.Node): Reference | undefined {
  if (ts.isImportDeclaration(node)) return literal(node.moduleSpecifier, isTypeImport(node.importClause));
  if (ts.isExportDeclaration(node)) return literal(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return literal(node.argument.literal, true);
  if (!ts.isCallExpression(node)) return undefined;
  const isLazy = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const loads = isLazy || (ts.isIdentifier(node.expression) && node.expression.text === 'require');
  return loads ? literal(node.arguments[0], false, isLazy) : undefined;
}

function literal(node: TypeScript.Node | undefined, typeOnly: boolean, isLazy = false): Reference | undefined {
  return node !== undefined && ts.isStringLiteral(node) ? { name: node.text, typeOnly, isLazy } : undefined;
}

function isTypeImport(clause: TypeScript.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return clause.name === undefined && names !== undefined && ts.isNamedImports(names) && names.elements.every((element) => element.isTypeOnly);
}

function resolve(from: string, name: string): { to: string; isPackage: boolean } {
  if (!name.startsWith('.')) return { to: packageName(name), isPackage: true };
  const base = path.posix.join(path.posix.dirname(from), name);
  const candidates = [`${base}.ts`, `${base}/index.ts`, base];
  const found = candidates.find((candidate) => /\.\w+$/.test(candidate) && existsSync(path.join(productRoot(), candidate)));
  return { to: found ?? base, isPackage: false };
}

function packageName(name: string): string {
  if (name.startsWith('node:')) return name;
  return name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
}
