/** Answers the first call, and throws at the second. */
interface Scope {
  onmessage: () => void;
  postMessage(answer: unknown): void;
}

const scope = globalThis as unknown as Scope;
let calls = 0;
scope.onmessage = () => {
  if (++calls > 1) throw new Error("out of luck");
  const size = { bytes: 1, records: 2 };
  scope.postMessage({ type: "done", size, result: null });
};
