import { z } from 'zod';
import { conflict, type Operation, operations, problem } from './operations.ts';

/** The API as an OpenAPI 3.1 document, whose schemas are the JSON Schema of the validators. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: operationObject(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'elb-sidekick triage',
      version,
      description:
        'Alerts come in at POST /. Parameters of the filter may be repeated: values of one parameter are alternatives, different parameters must all hold.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'elb_sidekick_session' },
      },
    },
  };
}

function operationObject({ path, method, about, query, body, answer, media, needs }: Operation): object {
  const parameters = [
    ...(path.includes(':id') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : []),
    ...Object.entries(query?.shape ?? {}).map(([name, schema]) => parameter(name, schema as z.ZodType)),
  ];
  return {
    summary: about,
    operationId: `${method}${path.replaceAll(/[^a-z]+(\w?)/gi, (_, first: string) => first.toUpperCase())}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
    responses: {
      200: {
        description: 'Done',
        content:
          media === undefined
            ? { 'application/json': { schema: answer === undefined ? {} : schemaOf(answer, 'output') } }
            : { [media]: { schema: { type: 'string' } } },
      },
      ...(query === undefined && body === undefined ? {} : refusal(400, 'A parameter or member is wrong')),
      ...(needs === 'nothing' ? {} : refusal(401, 'Not logged in')),
      ...(needs === 'triage' ? refusal(403, 'The role may only read, or the request comes from another site') : {}),
      ...(path.includes(':id') ? refusal(404, 'There is no such alert') : {}),
      ...(method === 'patch'
        ? {
            409: {
              description: 'Changed meanwhile',
              content: { 'application/json': { schema: schemaOf(conflict, 'output') } },
            },
          }
        : {}),
    },
    security: needs === 'nothing' ? [] : [{ token: [] }, { session: [] }],
  };
}

function parameter(name: string, schema: z.ZodType): object {
  const { description, ...rest } = schemaOf(schema, 'input') as { description?: string };
  return {
    name,
    in: 'query',
    ...(description === undefined ? {} : { description }),
    required: !schema.safeParse(undefined).success,
    schema: rest,
  };
}

function refusal(status: number, description: string): object {
  return { [status]: { description, content: { 'application/json': { schema: schemaOf(problem, 'output') } } } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
