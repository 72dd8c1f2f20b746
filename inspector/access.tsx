/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { secureHeaders } from "hono/secure-headers";
import type { Actor, InspectorEnv } from "./env.ts";
import {
  type HostList,
  originHost,
  type ParsedHost,
  parseHost,
  sameHost,
} from "./host_list.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { SignInPage } from "./page/sign_in_page.tsx";
import { Problem } from "./problem.ts";
import { sameSecret, type Sessions } from "./sessions.ts";

/** Who may do what, for {@linkcode guardAccess}. */
export interface AccessOptions {
  /** What programs and links must show, or nothing. */
  token: string | false;
  /** The browsers that have shown it. */
  sessions: Sessions;
  /** The hosts that requests may be addressed to. */
  hosts: HostList;
  /** Path of the page, with a slash at its end. */
  pagePath: string;
  /** Paths that need no token. */
  openPaths: readonly string[];
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...SAFE_METHODS,
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
]);
const BEARER = /^bearer +(\S+)$/i;

/** Tells browsers what a page of the inspector may load: itself, and nothing else. */
export function strictHeaders(): MiddlewareHandler {
  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      formAction: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    strictTransportSecurity: false,
  });
  return async (c, next) => {
    await headers(c, next);
    c.res.headers.set("Cache-Control", "no-store");
  };
}

/** Lets in who is addressed to this host, comes from this page or a program, and shows the token. */
export function guardAccess(
  options: AccessOptions,
): MiddlewareHandler<InspectorEnv> {
  return async (c, next) => {
    checkSize(c);
    const host = checkHost(c, options.hosts);
    checkSource(c, host, options.pagePath);
    if (options.openPaths.includes(c.req.path)) return await next();
    const exchanged = exchangeToken(c, host, options);
    if (exchanged) return exchanged;
    const actor = findActor(c, host, options);
    if (actor === undefined) return refuse(c, options.pagePath);
    checkForgery(c, actor);
    c.set("actor", actor);
    await next();
  };
}

/** The name of the cookie of a browser that is signed in where this request was addressed to. */
export function sessionCookieName(c: Context): string {
  return cookieName(parseHost(hostText(c)) ?? { name: "", port: "" });
}

/** Refuses whatever would change something. */
export function refuseChanges(): MiddlewareHandler<InspectorEnv> {
  return async (c, next) => {
    if (SAFE_METHODS.has(c.req.method)) return await next();
    throw new Problem(
      "read_only",
      "Cannot change anything as this inspector is read-only",
    );
  };
}

/** Refuses what no client of this interface has a use for, before it is looked at. */
function checkSize(c: Context): void {
  const { method, url } = c.req;
  if (!KNOWN_METHODS.has(method)) {
    throw new Problem(
      "method_not_allowed",
      "Cannot answer request as its method is none of this interface's",
    );
  }
  if (url.length > INSPECTOR_LIMITS.maxUrlChars) {
    throw new Problem(
      "url_too_long",
      `Cannot answer request as its address is over ${INSPECTOR_LIMITS.maxUrlChars} characters`,
    );
  }
  let chars = 0;
  for (const [name, value] of c.req.raw.headers) {
    chars += name.length + value.length;
  }
  if (chars <= INSPECTOR_LIMITS.maxHeaderChars) return;
  throw new Problem(
    "headers_too_large",
    `Cannot answer request as its headers are over ${INSPECTOR_LIMITS.maxHeaderChars} characters`,
  );
}

function checkHost(c: Context, hosts: HostList): ParsedHost {
  const text = hostText(c);
  const host = parseHost(text);
  if (!host) {
    throw new Problem(
      "bad_host",
      "Cannot answer request as its Host is malformed",
    );
  }
  if (hosts.allows(host)) return host;
  throw new Problem(
    "host_not_allowed",
    `Cannot answer request as its Host is not one of this inspector's: "${text}"`,
  );
}

function hostText(c: Context): string {
  // Read from the text of the URL where there is no header: `new URL()` throws
  // on an address that was made from a malformed header.
  return c.req.header("host") ?? c.req.url.split("/", 3)[2] ?? "";
}

/** Refuses what a page of another origin sent, whatever it carries. */
function checkSource(c: Context, host: ParsedHost, pagePath: string): void {
  const origin = c.req.header("origin");
  const from = origin === undefined ? host : originHost(origin);
  const site = c.req.header("sec-fetch-site") ?? "none";
  const isNavigation = c.req.path === pagePath &&
    c.req.header("sec-fetch-mode") === "navigate" && c.req.method === "GET";
  const isOurs = site === "none" || site === "same-origin" || isNavigation;
  if (from && sameHost(from, host) && isOurs) return;
  throw new Problem(
    "foreign_origin",
    "Cannot answer request as it comes from a page of another origin",
  );
}

/** A link's token becomes a cookie, and leaves the address bar. */
function exchangeToken(
  c: Context,
  host: ParsedHost,
  { token, sessions, pagePath }: AccessOptions,
): Response | undefined {
  const given = c.req.query("token");
  if (given === undefined || !isPage(c, pagePath)) return undefined;
  if (token !== false) {
    if (!sameSecret(given, token)) return undefined;
    setCookie(c, cookieName(host), sessions.open(), {
      path: pagePath,
      httpOnly: true,
      sameSite: "Strict",
      secure: c.req.url.startsWith("https:"),
    });
  }
  return c.redirect(pageLink(c, pagePath), 303);
}

/** The page's clean address, relative, because only the caller knows what this app is mounted below. */
function pageLink(c: Context, pagePath: string): string {
  const folder = c.req.path === pagePath ? "." : pagePath.split("/").at(-2);
  return `${folder}/`;
}

/** Whether the page is asked for, with or without the slash at its address's end. */
function isPage(c: Context, pagePath: string): boolean {
  return c.req.method === "GET" &&
    (c.req.path === pagePath || `${c.req.path}/` === pagePath);
}

function findActor(
  c: Context,
  host: ParsedHost,
  { token, sessions }: AccessOptions,
): Actor | undefined {
  if (token === false) return "anybody";
  const header = c.req.header("authorization");
  if (header !== undefined) {
    const given = BEARER.exec(header)?.[1] ?? "";
    return sameSecret(given, token) ? "program" : undefined;
  }
  const session = getCookie(c, cookieName(host));
  const number = session === undefined ? undefined : sessions.numberOf(session);
  return number === undefined ? undefined : `browser ${number}`;
}

/** Cookies do not tell ports apart: two inspectors on one machine would sign each other out. */
function cookieName({ port }: ParsedHost): string {
  return `busbar_session_${port || "default"}`;
}

/** A browser adds its cookie to whatever a page asks for, so the request must say that the page is ours. */
function checkForgery(c: Context, actor: Actor): void {
  if (!actor.startsWith("browser") || SAFE_METHODS.has(c.req.method)) return;
  const isOurs = c.req.header("origin") !== undefined ||
    c.req.header("sec-fetch-site") === "same-origin";
  if (isOurs) return;
  throw new Problem(
    "forgery_suspected",
    "Cannot change anything by cookie as the request does not say where it comes from",
  );
}

function refuse(c: Context, pagePath: string): Response | Promise<Response> {
  c.header("WWW-Authenticate", 'Bearer realm="busbar"');
  if (isPage(c, pagePath)) {
    return c.html(<SignInPage link={pageLink(c, pagePath)} />, 401);
  }
  throw new Problem(
    "unauthorized",
    "Cannot answer request as it shows no valid token",
  );
}
