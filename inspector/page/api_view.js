import { act } from "./dialog.js";
import { el, replace } from "./dom.js";
import { badge } from "./table.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** The HTTP interface, read from its own description. */
export const view = {
  title: "HTTP interface",
  mount(root) {
    const list = el("div", { class: "operations" });
    root.append(
      el(
        "p",
        { class: "hint" },
        "Programs send the token as ",
        el("code", {}, "Authorization: Bearer …"),
        ". This page is made from ",
        el("a", { href: "openapi.json" }, "openapi.json"),
        ".",
      ),
      list,
    );
    act(async () => {
      const response = await fetch("openapi.json");
      const description = await response.json();
      replace(list, operationsOf(description).map(operation));
    });
    return () => {};
  },
};

function operationsOf({ paths, components }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => ({
      ...methods[method],
      method,
      path,
      schemas: components?.schemas ?? {},
    }))
  );
}

function operation(described) {
  const { method, path, summary, description, parameters = [], schemas } =
    described;
  const body = described.requestBody?.content?.["application/json"]?.schema;
  return el(
    "details",
    { class: "card operation" },
    el(
      "summary",
      {},
      badge(method.toUpperCase(), method === "get" ? "plain" : "warn"),
      el("code", {}, path),
      el("span", { class: "soft" }, summary ?? ""),
    ),
    el(
      "div",
      { class: "operation-body" },
      description && el("p", {}, description),
      parameters.length > 0 && [
        el("h3", {}, "Parameters"),
        el(
          "ul",
          {},
          parameters.map((one) =>
            el(
              "li",
              {},
              el("code", {}, one.name),
              ` ${one.required ? "" : "optional, "}${
                typeText(one.schema ?? {}, schemas)
              }`,
              one.schema?.description && ` – ${one.schema.description}`,
            )
          ),
        ),
      ],
      body && [el("h3", {}, "Body"), schemaBlock("Body", body, schemas)],
      el("h3", {}, "Answers"),
      el(
        "ul",
        {},
        Object.entries(described.responses).map(([status, answer]) =>
          answerItem(status, answer, schemas)
        ),
      ),
    ),
  );
}

function answerItem(status, { description, content = {} }, schemas) {
  const [[type, { schema }] = ["", {}]] = Object.entries(content);
  return el(
    "li",
    {},
    el("strong", {}, status),
    ` ${description}`,
    type !== "" && el("span", { class: "soft" }, ` (${type})`),
    schema && Number(status) < 400 &&
      schemaBlock(`Answer ${status}`, schema, schemas),
  );
}

function schemaBlock(label, schema, schemas) {
  return el("pre", {
    class: "payload",
    tabindex: 0,
    role: "region",
    "aria-label": label,
  }, typeText(schema, schemas));
}

/** A schema as a person reads it, in the manner of TypeScript. */
export function typeText(schema, schemas, depth = 0) {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1);
    const known = schemas[name];
    return known && depth < 4 ? typeText(known, schemas, depth + 1) : name;
  }
  if (schema.enum) {
    return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    return choices.map((one) => typeText(one, schemas, depth + 1)).join(" | ");
  }
  if (schema.type === "array") {
    return `${typeText(schema.items ?? {}, schemas, depth)}[]`;
  }
  if (schema.type === "object") return objectText(schema, schemas, depth);
  return schema.type ?? "any JSON value";
}

function objectText(
  { properties, additionalProperties, required = [] },
  schemas,
  depth,
) {
  if (!properties) {
    const values = typeText(additionalProperties || {}, schemas, depth + 1);
    return `{ [name]: ${values} }`;
  }
  const indent = "  ".repeat(depth + 1);
  const lines = Object.entries(properties).map(([name, one]) =>
    `${indent}${name}${required.includes(name) ? "" : "?"}: ${
      typeText(one, schemas, depth + 1)
    }`
  );
  return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
}
