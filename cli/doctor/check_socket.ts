import { fault, type Finding, fine, warning } from "./finding.ts";

const CHECK = "socket";
const GROUP_AND_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Looks at the folder of a socket: others must not be able to put one of theirs in its place. */
export async function checkFolder(socket: string): Promise<Finding> {
  const slash = socket.lastIndexOf("/");
  const folder = slash < 0 ? "." : socket.slice(0, slash) || "/";
  const found = await lookAt(folder);
  if (!found) {
    return fault(
      "folder",
      `there is no ${folder}`,
      'start a bus with "busbar serve", which makes it; or see whether you are where it was started',
    );
  }
  const { uid, mode } = found;
  const bits = (mode ?? 0) & 0o7777;
  const isSticky = (bits & STICKY) !== 0 && uid === 0;
  if ((bits & GROUP_AND_OTHERS_WRITE) !== 0 && !isSticky) {
    return fault(
      "folder",
      `others may write into ${folder}: its mode is ${bits.toString(8)}`,
      `take that from them with "chmod go-w ${folder}"; no bus listens there before`,
    );
  }
  return fine("folder", `${folder}, mode ${bits.toString(8)}`);
}

/** Looks at a socket, and whether somebody listens there. */
export async function checkSocket(socket: string): Promise<Finding> {
  const found = await lookAt(socket);
  if (!found) {
    return fault(
      CHECK,
      `there is no ${socket}`,
      'start a bus with "busbar serve", or name its socket with --socket',
    );
  }
  if (!found.isSocket) {
    return fault(
      CHECK,
      `${socket} is no socket`,
      "name another with --socket, or move it away",
    );
  }
  try {
    (await Deno.connect({ transport: "unix", path: socket })).close();
  } catch (error) {
    return refused(socket, error);
  }
  const bits = (found.mode ?? 0) & 0o777;
  return (bits & 0o007) === 0
    ? fine(CHECK, `somebody listens at ${socket}, mode ${bits.toString(8)}`)
    : warning(
      CHECK,
      `everybody on this machine may use the bus: the mode of ${socket} is ${
        bits.toString(8)
      }`,
      "serve with --socket-mode 600, or 660 for a group",
    );
}

function refused(socket: string, error: unknown): Finding {
  if (error instanceof Deno.errors.ConnectionRefused) {
    return fault(
      CHECK,
      `${socket} was left behind: nobody listens there`,
      'start a bus with "busbar serve": it takes its place',
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return fault(
      CHECK,
      `you may not write to ${socket}`,
      "run as the user who started the bus, or have it served with --socket-mode 660",
    );
  }
  if (error instanceof Deno.errors.WouldBlock) {
    return fault(
      CHECK,
      `whoever listens at ${socket} takes nobody in`,
      "the bus's process hangs, or is overloaded: look at it, or start it again",
    );
  }
  return fault(
    CHECK,
    `${socket} cannot be connected to: ${
      error instanceof Error ? error.message : "it fails"
    }`,
    "see whether this program may use it",
  );
}

async function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
