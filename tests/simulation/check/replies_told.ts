import type { Call, MessageFacts } from "../history.ts";
import { Violation } from "./checker.ts";
import type { ToldLine } from "./copy.ts";
import { Tokens } from "./tokens.ts";

/** A request that a bus has accepted. */
export interface Asked {
  readonly bus: string;
  readonly id: string;
  readonly requestId: string;
  readonly correlationId: string | undefined;
  readonly sender: string;
  readonly recipient: string | undefined;
  readonly token: number;
  /** Replies, or pieces of one, that the bus has accepted. */
  replies: number;
  /** When its requester, in the process of the bus, waited no more. */
  endedStep: number | undefined;
}

/** What buses tell of requests and of their replies. */
export class RepliesTold {
  /** By the life of the bus, requests by their id. */
  readonly #lives = new Map<string, Map<string, Asked>>();
  readonly #calls = new Tokens<Call>();
  /** The last one that was accepted of each token. */
  readonly #asked = new Map<number, Asked>();

  /** A program asks. */
  called(what: Call): void {
    this.#calls.add(what.token, what);
  }

  /** The call that has this token, if it is the only one. */
  callOf(token: number): number | undefined {
    return this.#calls.get(token)?.call;
  }

  /** What was accepted of a call's token; `unknown` where several calls share it. */
  by(token: number | undefined): Asked | "unknown" | undefined {
    if (token === undefined || !this.#calls.get(token)) return "unknown";
    return this.#asked.get(token);
  }

  /** A life of a bus is over. */
  forget(bus: string): void {
    this.#lives.delete(bus);
  }

  /** Looks at what a bus tells next. */
  take(line: ToldLine, isWaiting: (token: number) => boolean): void {
    const { event } = line;
    if (event.type !== "message_accepted") return;
    const { message } = event;
    const { type, requestId } = message;
    if (requestId === undefined) return;
    const requests = this.#lives.get(line.bus) ?? new Map<string, Asked>();
    this.#lives.set(line.bus, requests);
    if (type === "request") {
      this.#ask(requests, requestId, line, message, isWaiting);
    } else if (type === "response" || type === "error") {
      this.#answer(requests.get(requestId), line, message);
    }
  }

  #ask(
    requests: Map<string, Asked>,
    requestId: string,
    line: ToldLine,
    message: MessageFacts,
    isWaiting: (token: number) => boolean,
  ): void {
    const { id, sender, recipient, correlationId, token } = message;
    const other = requests.get(requestId);
    if (other && other.id !== id && isWaiting(other.token)) {
      const text = `${id} has the requestId of ${other.id}, which still waits`;
      throw new Violation("R5", text, line);
    }
    const before = this.#asked.get(token);
    if (before && before.id !== id && this.#calls.get(token)) {
      const text = `the request ${before.id} was sent again as ${id}`;
      throw new Violation("R7", text, line);
    }
    const asked: Asked = {
      bus: line.bus,
      id,
      requestId,
      correlationId,
      sender,
      recipient,
      token,
      replies: 0,
      endedStep: undefined,
    };
    requests.set(requestId, asked);
    this.#asked.set(token, asked);
  }

  #answer(
    asked: Asked | undefined,
    line: ToldLine,
    { id, sender, recipient }: MessageFacts,
  ): void {
    const fail = (problem: string) => {
      throw new Violation("R2", `the reply ${id} ${problem}`, line);
    };
    if (!asked) return fail("is to no request");
    if (sender !== asked.recipient || recipient !== asked.sender) {
      fail(`goes from "${sender}" to "${recipient}", and not the way back`);
    }
    if (asked.endedStep !== undefined && asked.endedStep < line.step) {
      fail("was accepted when nobody waited any more");
    }
    asked.replies++;
    const verb = this.#calls.get(asked.token)?.verb;
    if (asked.replies > 1 && verb === "request") {
      fail(`is the ${asked.replies}nd to one request`);
    }
  }
}
