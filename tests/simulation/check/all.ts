import { Accepts } from "./accepts.ts";
import { Acks } from "./acks.ts";
import { Backpressure } from "./backpressure.ts";
import type { Checker } from "./checker.ts";
import { DeadLetters } from "./dead_letters.ts";
import { Deliveries } from "./deliveries.ts";
import { Ends } from "./ends.ts";
import { Fairness } from "./fairness.ts";
import { Handlings } from "./handlings.ts";
import { Ledger } from "./ledger.ts";
import { Lifetimes } from "./lifetimes.ts";
import { Liveness } from "./liveness.ts";
import { Leases } from "./leases.ts";
import { Openings } from "./openings.ts";
import { Order } from "./order.ts";
import { Priorities } from "./priorities.ts";
import { Refusals } from "./refusals.ts";
import { Requests } from "./requests.ts";
import { Routes } from "./routes.ts";
import { Statistics } from "./statistics.ts";
import { Survival } from "./survival.ts";
import { Topics } from "./topics.ts";

/** One of each checker, for one history. */
export function allCheckers(): Checker[] {
  return [
    new Ledger(),
    new Accepts(),
    new Refusals(),
    new Deliveries(),
    new Handlings(),
    new Acks(),
    new Ends(),
    new Leases(),
    new Order(),
    new Topics(),
    new Fairness(),
    new Priorities(),
    new Routes(),
    new Lifetimes(),
    new Requests(),
    new Backpressure(),
    new DeadLetters(),
    new Statistics(),
    new Liveness(),
    new Survival(),
    new Openings(),
  ];
}
