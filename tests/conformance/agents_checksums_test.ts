import { checksumStage } from "../support/agent_setups.ts";
import { testAgents } from "../support/agent_suite.ts";

testAgents({
  name: "connect() over memory, with checksums",
  setup: checksumStage,
});
