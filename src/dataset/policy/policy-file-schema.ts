import * as z from 'zod';
import { operationNames, policySchema } from './policy';

/** The JSON Schema of policy files, which editors check and complete them with. */
export function policyJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(policySchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // A name alone stands for the operation with its usual parameters, which the schema behind it does not tell.
      const { oneOf } = jsonSchema;
      if (oneOf === undefined) return;
      delete jsonSchema.oneOf;
      jsonSchema.anyOf = [{ type: 'string', enum: [...operationNames] }, ...oneOf];
    },
  });
  return { ...schema, title: 'Policy of MobileFaceNet Studio', description: 'What happens to people by their number of photos. The rules cover every number from 1 once.' };
}
