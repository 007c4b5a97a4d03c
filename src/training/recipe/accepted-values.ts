/** The parts of JSON Schema that zod writes for recipes. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

type Path = readonly PropertyKey[];

/** Schemas that hold for the value at `path`, most of the time one. Of a union, the branches whose constants fit the value are followed. */
export function schemasAt(schema: JsonSchema, value: unknown, path: Path): JsonSchema[] {
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  const inner = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  const next = fittingBranches(schema, value, key).flatMap((branch) => (typeof key === 'number' ? branch.items : branch.properties?.[String(key)]) ?? []);
  return next.flatMap((found) => schemasAt(found, inner, rest));
}

/** Names that an object at this place may have; for a union, those of the branch that the object chose. */
export function keysAt(schema: JsonSchema, value: unknown, path: Path): string[] {
  const at = path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined), value);
  return schemasAt(schema, value, path).flatMap((found) => fittingBranches(found, at, undefined).flatMap((branch) => Object.keys(branch.properties ?? {})));
}

/** The other choice that knows a name, e.g. `kind "arcface"` for the name `margin` beside a softmax. */
export function branchWithKey(schema: JsonSchema, value: unknown, path: Path, name: string): string | undefined {
  for (const found of schemasAt(schema, value, path)) {
    for (const { properties } of branchesOf(found)) {
      if (!properties || !Object.hasOwn(properties, name)) continue;
      const choice = Object.entries(properties).find(([, inner]) => inner.const !== undefined);
      if (choice) return `${choice[0]} ${JSON.stringify(choice[1].const)}`;
    }
  }
  return undefined;
}

/** E.g. "a whole number from 2 to 1024", "one of "sgd", "adam"", "a list of numbers above 0". */
export function describeAccepted(schemas: readonly JsonSchema[]): string {
  const choices = schemas.flatMap((schema) => schema.anyOf ?? [schema]);
  const constants = choices.flatMap((schema) => schema.enum ?? (schema.const === undefined ? [] : [schema.const]));
  const others = choices.filter((schema) => schema.enum === undefined && schema.const === undefined).map(describeOne);
  const named = [...new Set(constants.map((constant) => JSON.stringify(constant)))];
  const list = named.length > 1 ? [`one of ${named.join(', ')}`] : named;
  return [...list, ...new Set(others)].join(' or ');
}

function describeOne(schema: JsonSchema): string {
  if (schema.oneOf) return 'an object with ' + describeDiscriminator(schema.oneOf);
  switch (schema.type) {
    case 'integer':
      return `a whole number${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list in which each is ${describeAccepted([schema.items ?? {}])}`;
    case 'string':
      return 'a text';
    default:
      return 'an object';
  }
}

function describeDiscriminator(branches: readonly JsonSchema[]): string {
  const entries = branches.flatMap(({ properties }) => Object.entries(properties ?? {}).filter(([, inner]) => inner.const !== undefined));
  return `${entries[0]?.[0] ?? 'a kind'} ${describeAccepted(entries.map(([, inner]) => inner))}`;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const limit = (value: number | undefined): number | undefined => (value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value);
  const low = limit(exclusiveMinimum) === undefined ? limit(minimum) : undefined;
  if (low !== undefined && limit(maximum) !== undefined) return ` from ${low} to ${maximum}`;
  const parts = [
    ...(low === undefined ? [] : [`of at least ${low}`]), ...(limit(exclusiveMinimum) === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(limit(exclusiveMaximum) === undefined ? [] : [`below ${exclusiveMaximum}`]), ...(limit(maximum) === undefined ? [] : [`up to ${maximum}`]),
  ];
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}

function branchesOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.oneOf ?? schema.anyOf ?? [schema];
}

/** @param beside a name whose own constant does not decide, because it is what is asked about */
function fittingBranches(schema: JsonSchema, value: unknown, beside: PropertyKey | undefined): readonly JsonSchema[] {
  const branches = branchesOf(schema);
  if (branches.length === 1) return branches;
  const holder = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return branches.filter(({ properties }) =>
    Object.entries(properties ?? {}).every(([name, inner]) => inner.const === undefined || name === beside || holder[name] === inner.const),
  );
}
