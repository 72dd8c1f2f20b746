import { deliveryName } from "./commands.ts";
import type { Lease, ModelBus } from "./model_bus.ts";

/** The handlers of the programs, as the model meets them: what they do at once with a delivery. */
export class Handlers {
  readonly #model: ModelBus;
  /** Those that go on when they are told to stop. */
  readonly #deaf = new Set<Lease>();

  constructor(model: ModelBus) {
    this.#model = model;
  }

  /** A handler starts, or is told to stop. */
  play(lease: Lease): void {
    if (!lease.isAborted) this.#start(lease);
    else if (!this.#deaf.has(lease)) this.#endSoon(lease, "return");
  }

  #start(lease: Lease): void {
    const model = this.#model;
    const { id } = lease.consumer;
    const taken = new Set(model.leases.map((one) => one.id));
    lease.id = deliveryName(lease.copy.message.id, id, taken);
    const { attempts = 1, box, message } = lease.copy;
    const act = model.settings.act(message.id, box.do ?? "receive", attempts);
    switch (act) {
      case "hold":
        return;
      case "hang":
        this.#deaf.add(lease);
        return;
      case "fail":
        return this.#endSoon(lease, "throw");
      case "return":
      case "throw":
      case "refuse":
        return model.end(lease, act);
      case "ack":
      case "nack":
      case "reject":
        model.settle(lease, act);
        return model.end(lease, "return");
    }
  }

  /** A promise settles after what its handler has set off. */
  #endSoon(lease: Lease, how: "return" | "throw"): void {
    this.#model.soon.push(() => this.#model.end(lease, how));
  }
}
