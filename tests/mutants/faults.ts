import type { Fault } from "./fault.ts";
import { ACK_FAULTS } from "./faults/acks.ts";
import { BACKPRESSURE_FAULTS } from "./faults/backpressure.ts";
import { COPY_FAULTS } from "./faults/copies.ts";
import { LETTER_FAULTS } from "./faults/letters.ts";
import { LIFE_CYCLE_FAULTS } from "./faults/life_cycle.ts";
import { ORDER_FAULTS } from "./faults/order.ts";
import { RECONNECT_FAULTS } from "./faults/reconnect.ts";
import { REQUEST_FAULTS } from "./faults/requests.ts";
import { ROUTING_FAULTS } from "./faults/routing.ts";
import { SESSION_FAULTS } from "./faults/sessions.ts";
import { STORE_FAULTS } from "./faults/stores.ts";
import { TIME_FAULTS } from "./faults/time.ts";
import { WIRE_FAULTS } from "./faults/wire.ts";

/** Every fault that the tests and the simulator are to catch, family by family. */
export const FAULTS: readonly Fault[] = [
  ...BACKPRESSURE_FAULTS,
  ...COPY_FAULTS,
  ...ACK_FAULTS,
  ...TIME_FAULTS,
  ...ORDER_FAULTS,
  ...ROUTING_FAULTS,
  ...REQUEST_FAULTS,
  ...LETTER_FAULTS,
  ...LIFE_CYCLE_FAULTS,
  ...SESSION_FAULTS,
  ...RECONNECT_FAULTS,
  ...STORE_FAULTS,
  ...WIRE_FAULTS,
];
