import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIMITS, type Role } from "./work.ts";

/** Who keeps a notebook: the others' work is in their messages alone. */
const WITH_NOTEBOOK: readonly Role[] = ["planner", "reviewer", "editor"];

/** Options of {@linkcode Staff}. */
export interface StaffOptions {
  /** The socket of the bus. */
  readonly socket: string;
  /** The folder that is looked at. */
  readonly folder: string;
  /** The crew's own folder. */
  readonly home: string;
  /** Told when a process ended by itself, and what is done about it. */
  readonly onLeft: (text: string) => void;
}

interface Worker {
  readonly label: string;
  readonly process: Deno.ChildProcess;
}

/** The crew's processes: starts them, replaces those that die, ends them all. */
export class Staff implements AsyncDisposable {
  readonly #options: StaffOptions;
  readonly #workers = new Set<Worker>();
  readonly #failed = new AbortController();
  #hired = 0;
  #replaced = 0;
  #stopping = false;

  /** Nobody yet. */
  constructor(options: StaffOptions) {
    this.#options = options;
  }

  /** Aborts once more processes died than are replaced. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Processes that were started in place of others. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Starts one process for each role, and several analysts; one of them will die half-way. */
  hireAll(): void {
    this.#hire("planner", "planner");
    for (let number = 1; number <= LIMITS.analysts; number++) {
      this.#hireAnalyst(number === 1);
    }
    this.#hire("reviewer", "reviewer");
    this.#hire("editor", "editor");
  }

  /** Ends all processes, and resolves when they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#workers].map(dismiss));
  }

  #hireAnalyst(crash: boolean): void {
    const label = `analyst-${++this.#hired}`;
    this.#hire("analyst", label, crash ? ["--crash"] : []);
  }

  #hire(role: Role, label: string, args: readonly string[] = []): void {
    const process = this.#start(role, label, args);
    const worker = { label, process };
    this.#workers.add(worker);
    void process.status.then((status) => this.#left(role, worker, status));
  }

  #start(
    role: Role,
    label: string,
    args: readonly string[],
  ): Deno.ChildProcess {
    const { socket } = this.#options;
    const deno = Deno.execPath();
    const command = new Deno.Command(deno, {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        ...permissionsOf(role, this.#options, deno),
        fileURLToPath(new URL(`./${role}.ts`, import.meta.url)),
        ...["--socket", socket, "--label", label, "--deno", deno],
        ...notebookOf(role, this.#options).map((path) => `--notebook=${path}`),
        ...args,
      ],
      // The pipe ends when this process does, however it ends.
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
    });
    return command.spawn();
  }

  #left(role: Role, worker: Worker, status: Deno.CommandStatus): void {
    this.#workers.delete(worker);
    void worker.process.stdin.close().catch(() => {});
    if (this.#stopping) return;
    const how = status.signal ?? `status ${status.code}`;
    if (this.#replaced >= LIMITS.maxReplacements) {
      this.#failed.abort(
        new Error(
          `Cannot go on as at most ${LIMITS.maxReplacements} processes are replaced: ${worker.label} left with ${how}`,
        ),
      );
      return;
    }
    this.#replaced++;
    this.#options.onLeft(
      `${worker.label} died (${how}); what it had in hand goes to the others, and a new ${role} starts`,
    );
    if (role === "analyst") this.#hireAnalyst(false);
    else this.#hire(role, role);
  }
}

/** Longest time a process may take to end when told, in milliseconds. */
const DISMISS_MS = 2_000;

async function dismiss({ process }: Worker): Promise<void> {
  signal(process, "SIGTERM");
  const timer = setTimeout(() => signal(process, "SIGKILL"), DISMISS_MS);
  await process.status;
  clearTimeout(timer);
}

function signal(process: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    process.kill(name);
  } catch {
    // It ended by itself in the meantime.
  }
}

/** Each role may do what its work needs, and nothing else. */
function permissionsOf(
  role: Role,
  options: StaffOptions,
  deno: string,
): string[] {
  const { socket, folder, home } = options;
  const notebook = notebookOf(role, options);
  const bus = [
    `--allow-net=unix:${socket}`,
    `--allow-write=${[socket, ...notebook]}`,
  ];
  const files = `--allow-read=${[folder, home, socket]}`;
  switch (role) {
    case "planner":
      return [...bus, files, "--allow-run=git"];
    case "analyst":
      return [...bus, files, `--allow-run=${deno}`];
    case "reviewer":
    case "editor":
      return [...bus, `--allow-read=${[socket, ...notebook]}`];
  }
}

/** The path of a role's notebook, if it keeps one. */
function notebookOf(role: Role, { home }: StaffOptions): string[] {
  return WITH_NOTEBOOK.includes(role) ? [join(home, `${role}.notes`)] : [];
}
