import type { z } from "zod";
import type { Clock } from "../mod.ts";
import { ErrorAnswer } from "./answers.ts";
import { CLI_LIMITS } from "./cli_limits.ts";
import { CommandError } from "./command_error.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";

/** What a request carries. */
interface Asked {
  /** What follows the address: `/api/stats`. */
  readonly path: string;
  /** GET by default. */
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** What is looked for; what is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Asks one inspector, and believes nothing that it has not checked. */
export class InspectorClient {
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #clock: Clock;

  /**
   * Asks at `url`, which may be the link that an inspector prints.
   *
   * @throws {CommandError} If it is no address.
   */
  constructor(
    url: string,
    { token, clock }: { token: string | undefined; clock: Clock },
  ) {
    this.#base = addressOf(url);
    this.#token = token ?? this.#base.searchParams.get("token") ?? undefined;
    this.#base.search = "";
    this.#clock = clock;
  }

  /** Where it is. */
  get url(): string {
    return this.#base.href.replace(/\/$/, "");
  }

  /**
   * Asks, and checks what comes back.
   *
   * @throws {CommandError} If nothing answers, or it says no, or says something else.
   */
  async ask<S extends z.ZodType>(
    schema: S,
    asked: Asked,
  ): Promise<z.infer<S>> {
    const { response, text } = await this.#fetch(asked);
    if (!response.ok) throw this.#refusal(response.status, text);
    const parsed = schema.safeParse(jsonOrNothing(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new CommandError(
      EXIT.failed,
      `Cannot read the answer of ${this.url}${asked.path} as its ${
        issue?.path.join(".") || "whole"
      } must be as this version knows it: ${issue?.message}; "busbar doctor" compares the versions`,
    );
  }

  async #fetch(
    { path, method = "GET", query = {}, body }: Asked,
  ): Promise<{ response: Response; text: string }> {
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const late = new AbortController();
    const cancel = this.#clock.schedule(
      CLI_LIMITS.answerTimeoutMs,
      () => late.abort(),
    );
    try {
      const response = await fetch(url, {
        method,
        signal: late.signal,
        redirect: "error",
        headers: this.#headers(body !== undefined),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { response, text: await readText(response, this.url) };
    } catch (cause) {
      if (late.signal.aborted) throw this.#silent();
      throw this.#unreachable(cause);
    } finally {
      cancel();
    }
  }

  #headers(hasBody: boolean): Record<string, string> {
    return {
      ...(this.#token !== undefined &&
        { authorization: `Bearer ${this.#token}` }),
      ...(hasBody && { "content-type": "application/json" }),
    };
  }

  #refusal(status: number, text: string): CommandError {
    const { data } = ErrorAnswer.safeParse(jsonOrNothing(text));
    if (status === 401) {
      const state = this.#token === undefined ? "none was given" : "it is not";
      return new CommandError(
        EXIT.notAllowed,
        `Cannot ask ${this.url} as its token must be shown: ${state}; give --token or BUSBAR_TOKEN, or name the bus by --socket`,
      );
    }
    const said = data?.error.message ?? `it answered with status ${status}`;
    return new CommandError(
      STATUS_EXIT[status] ?? EXIT.failed,
      data
        ? said
        : `Cannot ask ${this.url} as it must be an inspector: ${said}`,
    );
  }

  #silent(): CommandError {
    return new CommandError(
      EXIT.timeout,
      `Cannot ask ${this.url} as it must answer within ${CLI_LIMITS.answerTimeoutMs} ms: it has not`,
    );
  }

  #unreachable(cause: unknown): unknown {
    if (cause instanceof CommandError) return cause;
    if (cause instanceof Deno.errors.NotCapable) return cause;
    return new CommandError(
      EXIT.noBus,
      `Cannot ask ${this.url} as an inspector must listen there: nobody answers; start the bus, or let "busbar doctor" look for the reason`,
      { cause },
    );
  }
}

const STATUS_EXIT: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  504: EXIT.timeout,
};

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new CommandError(
    EXIT.usage,
    `Cannot ask "${text}" as it must be an address such as http://127.0.0.1:4400: it is not`,
  );
}

async function readText(response: Response, from: string): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > CLI_LIMITS.maxAnswerBytes) {
      throw new CommandError(
        EXIT.failed,
        `Cannot read the answer of ${from} as it must take at most ${CLI_LIMITS.maxAnswerBytes} bytes: it takes more; ask for less by --limit`,
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
