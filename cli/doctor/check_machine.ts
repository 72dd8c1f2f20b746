import { absolute } from "../absolute_path.ts";
import { isAtLeast, LEAST_DENO, VERSION } from "../version.ts";
import { fault, type Finding, fine } from "./finding.ts";

/** Looks at what the program runs on. */
export function checkVersion(deno: string): Finding {
  return isAtLeast(deno, LEAST_DENO)
    ? fine("versions", `busbar ${VERSION}, Deno ${deno}`)
    : fault(
      "versions",
      `Deno ${deno} is older than ${LEAST_DENO}`,
      'upgrade it with "deno upgrade"',
    );
}

/** What was allowed, as `Deno.permissions.query` says it. */
export type AskPermission = (
  permission: Deno.PermissionDescriptor,
) => Promise<Deno.PermissionState>;

/** Looks at whether Deno lets the program reach the socket. */
export async function checkPermissions(
  ask: AskPermission,
  socket: string,
): Promise<Finding> {
  // Deno knows sockets by their whole path only.
  const path = absolute(socket);
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  const needed: readonly [Deno.PermissionDescriptor, string][] = [
    [{ name: "net", host: `unix:${path}` }, `--allow-net=unix:${path}`],
    [{ name: "read", path: folder }, `--allow-read=${folder}`],
    [{ name: "write", path: folder }, `--allow-write=${folder}`],
  ];
  const missing: string[] = [];
  for (const [permission, flag] of needed) {
    if (await ask(permission) !== "granted") missing.push(flag);
  }
  return missing.length === 0
    ? fine("permissions", "the socket may be read, written and connected to")
    : fault(
      "permissions",
      "Deno does not let this program use the socket",
      `run it with ${missing.join(" ")}, or with -A`,
    );
}
