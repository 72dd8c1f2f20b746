import type { LocalSystem } from "./local_system.ts";

type Take = (message: { readonly payload: unknown }) => void;

/** A Map and a function call: the limit. */
export const functionCall: LocalSystem = {
  sender(receivers, take) {
    const takers = new Map<string, Take[]>();
    return Promise.resolve((message) => {
      for (const one of takersOf(takers, message.topic, receivers, take)) {
        one(message);
      }
    });
  },
  requester() {
    const responders = new Map([[
      "coder",
      ({ payload }: { payload: unknown }) => payload,
    ]]);
    return Promise.resolve((message) =>
      responders.get(message.recipient)?.(message)
    );
  },
};

function takersOf(
  takers: Map<string, Take[]>,
  topic: string,
  receivers: number,
  take: Take,
): Take[] {
  const known = takers.get(topic);
  if (known) return known;
  const made = Array.from({ length: receivers }, () => take);
  takers.set(topic, made);
  return made;
}
