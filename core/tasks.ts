/** How the library puts work off. A simulation hands in its own to choose the order. */
export interface Tasks {
  /** Runs `task` once the code that runs now has ended, before anything else happens. */
  soon(task: () => void): void;
  /** Runs `task` after input, output and timers had their turn. */
  later(task: () => void): void;
}

/** The event loop of the machine. */
export const systemTasks: Tasks = {
  soon: (task) => queueMicrotask(task),
  later: (task) => void setImmediate(task),
};
