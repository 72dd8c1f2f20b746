import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { BusErrorCode } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** How a request fails. */
interface Failure {
  /** The HTTP status. */
  readonly status: ContentfulStatusCode;
  /** When that is, for people. */
  readonly when: string;
}

/**
 * Every code that a failed request is answered with, those of the bus among
 * them. Answers take their status from here, and so does what `/openapi.json`
 * says of them.
 */
export const FAILURES = {
  invalid: {
    status: 400,
    when: "A parameter or the body is not well-formed",
  },
  bad_request: { status: 400, when: "The body is no JSON" },
  bad_host: { status: 400, when: "The Host header is malformed" },
  invalid_message: {
    status: 400,
    when: "The message breaks a rule of its form",
  },
  unauthorized: { status: 401, when: "No valid token was shown" },
  host_not_allowed: {
    status: 403,
    when: "The Host is none of the inspector's",
  },
  foreign_origin: {
    status: 403,
    when: "The request comes from a page of another origin",
  },
  forgery_suspected: {
    status: 403,
    when: "It would change something by cookie, and does not say where it " +
      "comes from",
  },
  read_only: { status: 403, when: "The inspector is read-only" },
  forbidden: { status: 403, when: "The peer may not do this" },
  not_found: { status: 404, when: "There is none with this id" },
  no_recipient: { status: 404, when: "Nobody serves the recipient" },
  method_not_allowed: {
    status: 405,
    when: "The method is none of this interface's",
  },
  body_timeout: { status: 408, when: "The body took too long to arrive" },
  duplicate_rule: { status: 409, when: "There is a rule with this id" },
  cancelled: { status: 409, when: "The work was given up meanwhile" },
  body_too_large: {
    status: 413,
    when: `The body is over ${INSPECTOR_LIMITS.maxBodyBytes} bytes`,
  },
  too_large: {
    status: 413,
    when: "The message, or the reply, is over the bus's limit",
  },
  url_too_long: {
    status: 414,
    when: `The address is over ${INSPECTOR_LIMITS.maxUrlChars} characters`,
  },
  unsupported_media_type: {
    status: 415,
    when: "The body is not application/json",
  },
  expired: {
    status: 422,
    when: "The time to live has ended before the message was handled",
  },
  rejected: { status: 422, when: "A handler, a rule or the bus said no" },
  routing_failed: { status: 422, when: "A routing rule's handler threw" },
  not_sendable: {
    status: 422,
    when: "The letter's message is of a type that is not sent by hand",
  },
  payload_redacted: {
    status: 422,
    when: "A field of the payload is hidden, and has to be filled in",
  },
  rate_limited: { status: 429, when: "The peer does this too often" },
  headers_too_large: {
    status: 431,
    when: `The headers are over ${INSPECTOR_LIMITS.maxHeaderChars} characters`,
  },
  internal: { status: 500, when: "The inspector failed" },
  remote: { status: 502, when: "The responder threw" },
  protocol: { status: 502, when: "The peer broke the wire protocol" },
  not_ready: {
    status: 503,
    when: "The bus is full, closes, or its store is not at work",
  },
  too_many_streams: { status: 503, when: "Too many event streams are open" },
  backpressure_timeout: {
    status: 503,
    when: "No room came free in the bus in time",
  },
  overflow: { status: 503, when: "A mailbox is full, and refuses" },
  unreachable: {
    status: 503,
    when: "Whoever should have it is not there any more",
  },
  storage: { status: 503, when: "The store could not keep the message" },
  closed: { status: 503, when: "The bus closes, or is closed" },
  request_timeout: { status: 504, when: "No reply came in time" },
} as const satisfies
  & Record<string, Failure>
  & Record<BusErrorCode, Failure>;

/** What a program branches on when a request has failed. */
export type FailureCode = keyof typeof FAILURES;

/** Every code. */
export const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];
