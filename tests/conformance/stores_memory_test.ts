import { memoryStore } from "../../storage/memory_store.ts";
import { testStore } from "../../testing/store_conformance.ts";

testStore({
  name: "memoryStore",
  setup: () => {
    const store = memoryStore();
    return Promise.resolve({ store, again: () => store });
  },
});
