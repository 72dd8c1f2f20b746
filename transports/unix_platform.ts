/** A stream of bytes to one peer, as the platform gives it. `Deno.Conn` is one as it stands. */
export interface ByteSocket {
  /** Reads at least one byte into `buffer`; `null` once the stream has ended. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes what there is room for, at least one byte. @returns How many it wrote. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends both directions. A read that waits is settled. */
  close(): void;
}

/** What peers arrive at, as the platform gives it. */
export interface SocketListener {
  /** The next peer. Rejects once this is closed. */
  accept(): Promise<ByteSocket>;
  /** Takes no more peers, and removes whatever file is at its path by then. */
  close(): void;
}

/** Where a listener's socket file is, and which file it is. */
export interface SocketFile {
  /** Its path. */
  readonly path: string;
  /** Its device. */
  readonly dev: number;
  /** Its number on the device; not used again while the socket is open. */
  readonly ino: number | null;
}

/** A listening socket and the file that leads to it. */
export interface BoundSocket {
  /** What accepts. */
  readonly listener: SocketListener;
  /** What is dialed. */
  readonly file: SocketFile;
}

/** What there is at a path; a link is not followed. */
export interface FileLook {
  readonly dev: number;
  readonly ino: number | null;
  /** `null` where that cannot be told. */
  readonly isSocket: boolean | null;
}

/** Who may do what with a directory. */
export interface DirectoryLook {
  /** Its permission bits. */
  readonly mode: number;
  /** Its owner. */
  readonly uid: number | null;
}

/** Held until it is closed, or its process ends. */
export interface DirectoryLock {
  close(): void;
}

/** Why the platform did not do something, as far as it makes a difference. */
export type Refusal =
  | "missing" // There is no such file.
  | "refused" // Nobody listens at the file that is there.
  | "full" // So many wait to be accepted that there is no room for one more.
  | "forbidden" // The program was not given the right: its user has to know which.
  | "other";

/** What a Unix socket takes of the platform. It throws whatever the platform throws. */
export interface UnixPlatform {
  /** Connects to whoever listens at a path. */
  connect(path: string): Promise<ByteSocket>;
  /**
   * Listens at a path where no file is, and gives that its permission bits: no
   * turn ends before, so that nobody in this process sees it with others.
   */
  bind(path: string, mode: number): Promise<BoundSocket>;
  /** Looks at a file; `undefined` if there is none. */
  lookAt(path: string): FileLook | undefined;
  /** Makes a directory, and those above it, where they are missing. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Looks at a directory. */
  lookAtDirectory(path: string): Promise<DirectoryLook>;
  /** Takes a directory's lock; `undefined` while another has it. */
  lockDirectory(path: string): Promise<DirectoryLock | undefined>;
  /** Gives a file a second name. */
  link(path: string, second: string): void;
  /** Gives a file another name, in place of what has that. */
  rename(path: string, other: string): void;
  /** Removes a file. */
  remove(path: string): void;
  /** What it means that one of the above failed so. */
  refusalOf(error: unknown): Refusal;
  /** What the program is told that was not given a right: at once all that a socket at this path takes. */
  forbidden(error: unknown, path: string): unknown;
}
