/** What is looked at of a description in OpenAPI. */
export interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
}

/** One method of one path. */
export interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** A body or an answer. */
export interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** The schemas that have names. */
export type Schemas = Readonly<Record<string, Schema>>;

/** A shape. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The shape of an operation's body, as pages write it; nothing if there is none. */
export function bodyOf({ requestBody }: Operation): string[] {
  return requestBody ? [shapeOf(requestBody)] : [];
}

/** The shape of a body or an answer, as pages write it. */
export function shapeOf({ content = {} }: Content): string {
  const [media] = Object.values(content);
  return media ? write(media.schema) : "";
}

/** The fields of a schema; those that may be absent with a question mark. */
export function fieldsOf(name: string, schemas: Schemas): string[] {
  const parts = partsOf({ $ref: `/${name}` }, schemas);
  const required = new Set(parts.flatMap((part) => part.required ?? []));
  const names = parts.flatMap((part) => Object.keys(part.properties ?? {}));
  return [...new Set(names)]
    .map((field) => required.has(field) ? field : `${field}?`);
}

function write({ $ref, type, items, properties = {} }: Schema): string {
  if ($ref) return lastPart($ref);
  if (items) return `${write(items)}[]`;
  if (type === "string") return "text";
  return `{ ${Object.keys(properties).join(", ")} }`;
}

function partsOf(schema: Schema, schemas: Schemas): Schema[] {
  const named = schema.$ref && schemas[lastPart(schema.$ref)];
  const { allOf, ...own } = named || schema;
  return [own, ...(allOf ?? []).flatMap((part) => partsOf(part, schemas))];
}

function lastPart(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
