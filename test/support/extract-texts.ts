import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Texts that a file hands to `l10n.t`, under whatever name: `t('...')` and `x.t('...')`. */
export function extractTexts(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && calleeName(node) === 't') {
      const [first] = node.arguments;
      if (first !== undefined && ts.isStringLiteralLike(first)) texts.push(first.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

function calleeName({ expression }: ts.CallExpression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined;
}
