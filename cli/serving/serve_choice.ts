import type { ListenOptions, MessageBusOptions } from "../../mod.ts";
import { type ConfigFile, readConfigFile } from "../config/config_file.ts";
import { ServeSchema, type ServeSettings } from "../config/serve_schema.ts";
import { permissionBits, wholeNumber } from "../option_values.ts";
import { USUAL_SOCKET } from "../reach.ts";
import type { Terminal } from "../terminal.ts";

/** What the command line says; what it leaves out, the environment or a file may say. */
export interface ServeOptions {
  /** A file of settings. */
  readonly config?: string;
  /** Tells buses apart. */
  readonly name?: string;
  /** Where agents connect. */
  readonly socket?: string;
  /** Who may. */
  readonly socketMode?: number;
  /** The store's file. */
  readonly store?: string;
  /** The inspector's port, or that there is none. */
  readonly inspector?: number | false;
  /** The interface that it listens on. */
  readonly inspectorHost?: string;
  /** What it asks for. */
  readonly token?: string;
}

/** The inspector that is served. */
export interface InspectorChoice {
  /** 0 takes a free one. */
  readonly port: number;
  /** The interface. */
  readonly hostname: string;
  /** Other names that it is reached by. */
  readonly allowedHosts?: string[];
  /** What it asks for; a random one if nothing is said. */
  readonly token?: string;
}

/** What is served, with nothing left open. */
export interface ServeChoice {
  /** Tells buses apart. */
  readonly name: string;
  /** Where agents connect. */
  readonly socket: string;
  /** Who may. */
  readonly socketMode?: number;
  /** The store's file; none for a bus in memory. */
  readonly store?: string;
  /** The inspector, or that there is none. */
  readonly inspector: InspectorChoice | false;
  /** Of the bus. */
  readonly limits: MessageBusOptions;
  /** Of its listener. */
  readonly connections: ListenOptions;
  /** Where they are written is known to `lineOf`. */
  readonly rules: NonNullable<ServeSettings["rules"]>;
  /** The file of settings, if there is one. */
  readonly file?: {
    readonly path: string;
    readonly lineOf: ConfigFile<ServeSettings>["lineOf"];
  };
}

const PORT = 4_400;

/**
 * What is to be served: the command line says it first, then the environment,
 * then the file, then what is usual.
 */
export async function chooseService(
  terminal: Terminal,
  options: ServeOptions,
): Promise<ServeChoice> {
  const env = (name: string) => terminal.env(`BUSBAR_${name}`);
  const path = options.config ?? env("CONFIG");
  const file = path === undefined
    ? undefined
    : await readConfigFile(path, ServeSchema);
  const settings: ServeSettings = file?.value ?? {};
  const { connections = {}, ...limits } = settings.limits ?? {};
  const mode = options.socketMode ??
    (settings.socketMode === undefined
      ? undefined
      : permissionBits(settings.socketMode));
  return {
    name: options.name ?? env("NAME") ?? settings.name ?? "bus",
    socket: options.socket ?? env("SOCKET") ?? settings.socket ?? USUAL_SOCKET,
    ...(mode !== undefined && { socketMode: mode }),
    ...storeOf(options.store ?? env("STORE") ?? settings.store),
    inspector: inspectorOf(options, settings, env),
    limits,
    connections,
    rules: settings.rules ?? [],
    ...(path !== undefined && file && { file: { path, lineOf: file.lineOf } }),
  };
}

function storeOf(path: string | undefined): { store?: string } {
  return path === undefined ? {} : { store: path };
}

function inspectorOf(
  options: ServeOptions,
  settings: ServeSettings,
  env: (name: string) => string | undefined,
): InspectorChoice | false {
  const said = settings.inspector;
  const given = options.inspector ?? portOf(env("INSPECTOR"));
  if (given === false || (given === undefined && said === false)) return false;
  const { port, hostname, allowedHosts } = said === false ? {} : said ?? {};
  const token = options.token ?? env("TOKEN");
  return {
    port: given ?? port ?? PORT,
    hostname: options.inspectorHost ?? hostname ?? "127.0.0.1",
    ...(allowedHosts && { allowedHosts }),
    ...(token !== undefined && { token }),
  };
}

/** Reads the inspector's port, also from the environment. */
export const readPort = wholeNumber(0, 65_535);

function portOf(text: string | undefined): number | false | undefined {
  if (text === undefined) return undefined;
  return text === "off" ? false : readPort(text);
}
