import type { BenchMessage } from "../message.ts";

/**
 * A program's access to one system, as that system's own documents recommend it
 * for speed: what it sends leaves in batches, and nothing is waited for without
 * need.
 */
export interface Client extends AsyncDisposable {
  /**
   * Takes what is sent to an address, parsed. Resolves once everything that is
   * sent from then on will come.
   */
  receive(
    address: string,
    take: (message: BenchMessage) => void,
  ): Promise<void>;
  /** Sends to an address; it may leave later, with others. */
  send(address: string, message: BenchMessage): void;
  /** Resolves when it is time to send more: what was sent has left, or was accepted. */
  flush(): Promise<unknown>;
  /** Resolves once it knows a receiver of an address, where that takes its time. */
  found?(address: string): Promise<unknown>;
  /** Sends to an address. Resolves once the system says that it has taken the message in, and keeps it as it is set up to. */
  confirmed?(address: string, message: BenchMessage): Promise<unknown>;
  /** Asks whoever serves the address, and resolves to the reply. */
  request?(address: string, message: BenchMessage): Promise<unknown>;
  /** Answers what is asked at an address with the payload of the question. */
  respond?(address: string): Promise<void>;
}

/** How a program joins a system. */
export interface JoinOptions {
  /** Where its server is: a path, an address, or a folder for sockets. */
  readonly server: string;
  /** What the program is called. */
  readonly name: string;
  /** What of the system is meant, where its file knows several ways. */
  readonly mode: string;
}

/** What a file in `clients/` exports. */
export interface ClientModule {
  /** Joins the system. */
  join(options: JoinOptions): Promise<Client>;
}
