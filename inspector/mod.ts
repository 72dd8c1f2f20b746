/**
 * The inspector: a page, a JSON API, an event stream, metrics and health of a
 * bus, as a Hono app or served by itself.
 *
 * @module
 */
export {
  createInspector,
  type Inspector,
  type InspectorOptions,
} from "./app.ts";
export {
  type InspectorServer,
  serveInspector,
  type ServeInspectorOptions,
} from "./server.ts";
